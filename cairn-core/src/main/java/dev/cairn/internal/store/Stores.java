package dev.cairn.internal.store;

/**
 * All stores that a client uses.
 *
 * @param transactions the transactions of the client itself, on its data source
 * @param workersTransactions the transactions of workers, by the application's runner if it has one
 */
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
    Transactions workersTransactions,
    WaitStore waits,
    QuarantineStore quarantine,
    Connections connections) {}
