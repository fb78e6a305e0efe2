import org.jspecify.annotations.NullMarked;

/** Background jobs on PostgreSQL that go on where they stopped. */
@NullMarked
module dev.cairn {
  requires transitive java.sql;
  requires org.postgresql.jdbc;
  requires org.slf4j;
  requires transitive tools.jackson.databind;
  requires static transitive org.jspecify;

  exports dev.cairn;
  exports dev.cairn.log;
  exports dev.cairn.migrate;
  exports dev.cairn.resumable;
  exports dev.cairn.schedule;
  exports dev.cairn.source;
  exports dev.cairn.spi;
}
