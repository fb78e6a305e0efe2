import org.jspecify.annotations.NullMarked;

/** Background jobs on PostgreSQL that continue where they stopped. */
@NullMarked
@SuppressWarnings("module") // the test kit is built after this
module dev.cairn {
  requires transitive java.sql;
  requires org.postgresql.jdbc;
  requires org.slf4j;
  requires transitive tools.jackson.databind;
  requires static transitive org.jspecify;

  exports dev.cairn;
  exports dev.cairn.event;
  exports dev.cairn.jobs;
  exports dev.cairn.log;
  exports dev.cairn.migrate;
  exports dev.cairn.resumable;
  exports dev.cairn.schedule;
  exports dev.cairn.source;
  exports dev.cairn.spi;

  // The test kit refuses what the database could not store, by the same rule and in the same words.
  exports dev.cairn.internal.store to
      dev.cairn.testing;
  exports dev.cairn.internal.json to
      dev.cairn.observability,
      dev.cairn.opentelemetry,
      dev.cairn.testing;

  // Code of tracers and registries is called as all foreign code; the test kit reads exceptions as
  // a client does.
  exports dev.cairn.internal.foreign to
      dev.cairn.observability,
      dev.cairn.opentelemetry,
      dev.cairn.testing;
}
