package dev.cairn.migrate;

/**
 * What a database role may do with Cairn's tables, for {@link Migrator#grant}. Each constant grants
 * no more than such programs need. May get further constants.
 */
public enum Privileges {
  /**
   * For the role that migrates: it may create tables in the schema, and owns those that it has
   * created.
   */
  MIGRATOR,

  /** For programs that work jobs, and for operators: everything but changes of the tables. */
  WORKER,

  /**
   * For programs that only insert jobs, but no unique jobs. They can read jobs too, because an
   * insertion returns what it has stored.
   */
  INSERTER,

  /**
   * Like {@link #INSERTER}, and may insert unique jobs. PostgreSQL lets only roles that may update
   * a column lock the job with the same key. So such a role can also change the kind of jobs with
   * its own SQL.
   */
  UNIQUE_INSERTER,

  /** For dashboards and support: reads jobs, progress, queues and clients, and changes nothing. */
  READER
}
