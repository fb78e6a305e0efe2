package dev.cairn.spring.boot;

/** Has a bean behind it that is made late. */
interface Makeable {
  /** Makes it now. */
  void make();
}
