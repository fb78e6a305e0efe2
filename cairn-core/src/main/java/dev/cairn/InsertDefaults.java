package dev.cairn;

/**
 * Arguments that know how their jobs are inserted, for example into which queue. What is said when
 * a job is inserted goes before.
 */
public interface InsertDefaults {
  /** The options of this job, unless others are given. */
  InsertOptions insertDefaults();
}
