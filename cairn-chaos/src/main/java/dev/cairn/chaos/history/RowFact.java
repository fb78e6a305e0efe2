package dev.cairn.chaos.history;

/** A row that a worker wrote in a transaction together with its checkpoint. */
public record RowFact(long jobId, String step, long item, String client, String run) {}
