package dev.cairn.doctor;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * From where on a {@link Doctor} reports something. Start with {@link #defaults()}; each {@code
 * with} method returns a changed copy. Immutable.
 */
public final class Limits {
  private static final Limits DEFAULTS =
      new Limits(
          Duration.ofMinutes(10),
          Duration.ofMinutes(1),
          Duration.ofSeconds(5),
          64L << 20,
          1_000_000_000);

  /** Nothing is older. The database knows no times before 4713 BC. */
  private static final Duration LONGEST = Duration.ofDays(36_525);

  private final Duration transaction;
  private final Duration delay;
  private final Duration skew;
  private final long indexBytes;
  private final long transactions;

  private Limits(
      Duration transaction, Duration delay, Duration skew, long indexBytes, long transactions) {
    this.transaction = checked("transaction", transaction);
    this.delay = checked("delay", delay);
    this.skew = checked("skew", skew);
    this.indexBytes = checked("indexBytes", indexBytes);
    this.transactions = checked("transactions", transactions);
  }

  private static Duration checked(String name, Duration value) {
    if (Objects.requireNonNull(value, name).isNegative()) {
      throw new IllegalArgumentException("%s must not be negative: %s".formatted(name, value));
    }
    return value;
  }

  private static long checked(String name, long value) {
    if (value < 0) {
      throw new IllegalArgumentException("%s must not be negative: %d".formatted(name, value));
    }
    return value;
  }

  /** For statements: at most a hundred years. */
  static long millis(Duration limit) {
    return (limit.compareTo(LONGEST) < 0 ? limit : LONGEST).toMillis();
  }

  /**
   * Transactions of ten minutes, jobs that are late by a minute, clocks that differ by five
   * seconds, indexes of 64 MiB, transaction ids that are a thousand million old.
   */
  public static Limits defaults() {
    return DEFAULTS;
  }

  /** How long a transaction may be open. */
  public Duration transaction() {
    return transaction;
  }

  /** How long a due job may wait. */
  public Duration delay() {
    return delay;
  }

  /** How far the clocks of this machine and of the database may differ. */
  public Duration skew() {
    return skew;
  }

  /** An index that is smaller is never called bloated. */
  public long indexBytes() {
    return indexBytes;
  }

  /** How old the oldest transaction id may be, of two billion. */
  public long transactions() {
    return transactions;
  }

  /**
   * These limits with another {@link #transaction()}.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public Limits withTransaction(Duration most) {
    return new Limits(most, delay, skew, indexBytes, transactions);
  }

  /**
   * These limits with another {@link #delay()}.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public Limits withDelay(Duration most) {
    return new Limits(transaction, most, skew, indexBytes, transactions);
  }

  /**
   * These limits with another {@link #skew()}.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public Limits withSkew(Duration most) {
    return new Limits(transaction, delay, most, indexBytes, transactions);
  }

  /**
   * These limits with another {@link #indexBytes()}.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public Limits withIndexBytes(long bytes) {
    return new Limits(transaction, delay, skew, bytes, transactions);
  }

  /**
   * These limits with another {@link #transactions()}.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public Limits withTransactions(long most) {
    return new Limits(transaction, delay, skew, indexBytes, most);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Limits that
        && transaction.equals(that.transaction)
        && delay.equals(that.delay)
        && skew.equals(that.skew)
        && indexBytes == that.indexBytes
        && transactions == that.transactions;
  }

  @Override
  public int hashCode() {
    return Objects.hash(transaction, delay, skew, indexBytes, transactions);
  }

  @Override
  public String toString() {
    return "Limits[transaction=%s, delay=%s, skew=%s, indexBytes=%d, transactions=%d]"
        .formatted(transaction, delay, skew, indexBytes, transactions);
  }
}
