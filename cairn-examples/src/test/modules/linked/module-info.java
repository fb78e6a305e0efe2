module linked {
  requires dev.cairn;
  requires org.postgresql.jdbc;

  opens linked.jobs to
      tools.jackson.databind;
}
