import org.jspecify.annotations.NullMarked;

/** Logback's events of a job, kept with the job. */
@NullMarked
module dev.cairn.logback {
  requires transitive ch.qos.logback.classic;
  requires transitive ch.qos.logback.core;
  requires transitive dev.cairn;
  requires org.slf4j;
  requires static transitive org.jspecify;

  exports dev.cairn.logback;
}
