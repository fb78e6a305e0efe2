import org.jspecify.annotations.NullMarked;

/** A dashboard of jobs, for a browser. */
@NullMarked
module dev.cairn.dashboard {
  requires transitive dev.cairn;
  requires dev.cairn.doctor;
  requires static transitive jakarta.servlet;
  requires jdk.httpserver;
  requires org.slf4j;
  requires static transitive org.jspecify;

  exports dev.cairn.dashboard;
  exports dev.cairn.dashboard.servlet;

  opens dev.cairn.dashboard.internal.view to
      tools.jackson.databind;
}
