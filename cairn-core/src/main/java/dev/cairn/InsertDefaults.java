package dev.cairn;

/**
 * Arguments that provide default options for their jobs, for example the queue. Options of the
 * insertion override them.
 */
public interface InsertDefaults {
  /** The default options of this job. */
  InsertOptions insertDefaults();
}
