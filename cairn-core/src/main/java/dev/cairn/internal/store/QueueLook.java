package dev.cairn.internal.store;

/** Where to look for due jobs of a queue. */
public record QueueLook(String queue, ClaimRange range) {}
