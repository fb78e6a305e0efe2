package dev.cairn.internal.work;

import dev.cairn.Cairn;
import dev.cairn.internal.claims.ClaimRegister;
import dev.cairn.internal.store.CheckpointStore;
import dev.cairn.internal.store.JobStore;
import dev.cairn.internal.store.QuarantineStore;
import dev.cairn.internal.store.Transactions;
import dev.cairn.internal.store.WaitStore;
import dev.cairn.spi.JsonCodec;
import java.time.Duration;

/** The services that all attempts of a client share. */
record AttemptServices(
    Cairn client,
    JsonCodec codec,
    JobStore jobs,
    CheckpointStore checkpoints,
    WaitStore waits,
    QuarantineStore quarantine,
    Transactions transactions,
    Duration shutdownGrace,
    ClaimRegister register,
    Deadlines deadlines,
    CheckpointWriter writer,
    EventBus events,
    EventDispatcher dispatcher) {}
