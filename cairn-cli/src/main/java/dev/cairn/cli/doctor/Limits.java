package dev.cairn.cli.doctor;

import java.time.Duration;

/**
 * From where on something is reported.
 *
 * @param transaction how long a transaction may be open
 * @param delay how long a due job may wait
 * @param skew how far the clocks may differ
 * @param indexBytes an index that is smaller is never called bloated
 * @param transactions how old the oldest transaction id may be, of two billion
 */
record Limits(
    Duration transaction, Duration delay, Duration skew, long indexBytes, long transactions) {
  static final Limits USUAL =
      new Limits(
          Duration.ofMinutes(10),
          Duration.ofMinutes(1),
          Duration.ofSeconds(5),
          64L << 20,
          1_000_000_000);

  Limits withTransaction(Duration most) {
    return new Limits(most, delay, skew, indexBytes, transactions);
  }

  Limits withDelay(Duration most) {
    return new Limits(transaction, most, skew, indexBytes, transactions);
  }

  Limits withIndexBytes(long bytes) {
    return new Limits(transaction, delay, skew, bytes, transactions);
  }

  Limits withTransactions(long most) {
    return new Limits(transaction, delay, skew, indexBytes, most);
  }
}
