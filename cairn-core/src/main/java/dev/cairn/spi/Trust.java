package dev.cairn.spi;

/** Whether the type of a value already says that it comes back equal. */
enum Trust {
  /** It does: no value is checked. */
  TYPE,

  /** It does, unless the JSON has numbers that PostgreSQL writes in another way. */
  NUMBERS,

  /** It does not: each value is read back once before it is stored. */
  VALUE;

  Trust and(Trust other) {
    return compareTo(other) >= 0 ? this : other;
  }
}
