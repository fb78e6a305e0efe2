import org.jspecify.annotations.NullMarked;

/** A real PostgreSQL as a child process, for tests, demos and measurements. */
@NullMarked
module dev.cairn.embedded {
  requires transitive java.sql;
  requires java.naming;
  requires org.apache.commons.compress;
  requires org.postgresql.jdbc;
  requires org.slf4j;
  requires org.tukaani.xz;
  requires static org.checkerframework.checker.qual;
  requires static transitive org.jspecify;

  exports dev.cairn.embedded;
}
