package dev.cairn.internal.store;

import dev.cairn.spi.Checkpoint;

/**
 * A checkpoint to write under a claim.
 *
 * @param sequence grows with each write of an attempt; an older write never replaces a newer one
 * @param contended whether a transaction of the worker may hold the row: it is then passed over
 *     instead of waited for
 */
public record CheckpointWrite(
    Claim claim, Checkpoint checkpoint, long sequence, boolean contended) {}
