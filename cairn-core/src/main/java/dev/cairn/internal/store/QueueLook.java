package dev.cairn.internal.store;

/** A queue, and the range in which to look for its due jobs. */
public record QueueLook(String queue, ClaimRange range) {}
