package dev.cairn.internal.store;

/** All of the database that a client uses. */
public record Stores(
    SchemaVersion schema,
    JobStore jobs,
    JobListStore jobList,
    JobControlStore jobControl,
    CheckpointStore checkpoints,
    ClientStore clients,
    QueueStore queues,
    LeaderStore leader,
    UpkeepStore upkeep,
    PeriodicStore periodic,
    Notifications notifications,
    Transactions transactions,
    WaitStore waits,
    QuarantineStore quarantine,
    Connections connections) {}
