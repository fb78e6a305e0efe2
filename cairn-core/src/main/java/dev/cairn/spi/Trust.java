package dev.cairn.spi;

/** Whether the type of a value guarantees that it comes back equal. */
enum Trust {
  /** The type guarantees it: no value is checked. */
  TYPE,

  /** The type guarantees it, unless the JSON has numbers that PostgreSQL writes in another way. */
  NUMBERS,

  /** The type does not guarantee it: each value is read back once before it is stored. */
  VALUE;

  Trust and(Trust other) {
    return compareTo(other) >= 0 ? this : other;
  }
}
