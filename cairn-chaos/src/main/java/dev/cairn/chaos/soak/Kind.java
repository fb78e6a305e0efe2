package dev.cairn.chaos.soak;

import java.util.Locale;

/**
 * What a measure counts, and by how much it may grow and still count as flat: by an amount, or by a
 * share of its first value, whichever is more.
 */
enum Kind {
  /** Used memory after a garbage collection. Running jobs are part of it. */
  MEMORY(Unit.BYTES, 2 << 20, 0.1),
  /** Platform threads of one name. */
  THREADS(Unit.NUMBER, 3, 0),
  /** Virtual threads. Each running job has one or more, and their number changes all the time. */
  VIRTUAL_THREADS(Unit.NUMBER, 8, 0),
  /** Open files and sockets. */
  FILES(Unit.NUMBER, 6, 0),
  /** Connections of a pool, or sessions of the database. */
  CONNECTIONS(Unit.NUMBER, 4, 0),
  /** The age of the oldest transaction. */
  AGE(Unit.SECONDS, 5, 0),
  /** Rows of recent jobs. Their number depends on the load and on the cleaning. */
  ROWS(Unit.NUMBER, 300, 0.5),
  /** Rows of which there are few, whatever the load. */
  FEW_ROWS(Unit.NUMBER, 10, 0),
  /** Dead rows, by the server's own estimate. They come and go with each vacuum. */
  DEAD_ROWS(Unit.NUMBER, 2_000, 1),
  /**
   * The size of a table, which seldom shrinks by itself, so that it stays as large as it once had
   * to be. Attacks that make tables larger come first in each rotation, so in the warm-up.
   */
  TABLE_SIZE(Unit.BYTES, 512 << 10, 0.5),
  /** The size of the largest row of a table, as text. Jobs with many errors are deleted again. */
  ROW_SIZE(Unit.BYTES, 64 << 10, 0.5),
  /** The size of an index, which never shrinks by itself. */
  INDEX_SIZE(Unit.BYTES, 512 << 10, 0.5);

  private final Unit unit;
  private final double amount;
  private final double share;

  Kind(Unit unit, double amount, double share) {
    this.unit = unit;
    this.amount = amount;
    this.share = share;
  }

  /** The growth that is allowed from this value. */
  double allowed(double before) {
    return Math.max(amount, share * before);
  }

  /** The allowance in words. */
  String words() {
    String least = text(amount);
    return share == 0 ? least : "%s or %.0f %%".formatted(least, share * 100);
  }

  /** A value with its unit. */
  String text(double value) {
    return switch (unit) {
      case BYTES -> String.format(Locale.ROOT, "%,.0f kB", value / 1024);
      case SECONDS -> String.format(Locale.ROOT, "%,.0f s", value);
      case NUMBER -> String.format(Locale.ROOT, "%,.0f", value);
    };
  }

  private enum Unit {
    BYTES,
    SECONDS,
    NUMBER
  }
}
