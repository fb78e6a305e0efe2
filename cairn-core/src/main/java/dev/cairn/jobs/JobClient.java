package dev.cairn.jobs;

import dev.cairn.JobInserter;

/**
 * Inserts jobs, sends signals, and finds and changes jobs and queues. A {@link dev.cairn.Cairn} is
 * one: it does all this in the transaction that the calling thread is in, if its {@link
 * dev.cairn.spi.TransactionRunner} knows of one. {@link dev.cairn.Cairn#outside()} is one that
 * never joins a transaction. Thread-safe. May get further methods.
 */
public interface JobClient extends JobInserter {
  /** The jobs of this schema: to find, list, cancel, retry, change and delete them. */
  Jobs jobs();

  /** The queues of this schema, and the queues that this client works. */
  Queues queues();
}
