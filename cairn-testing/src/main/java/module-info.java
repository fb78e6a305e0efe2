import org.jspecify.annotations.NullMarked;

/** What users test their jobs with. */
@NullMarked
module dev.cairn.testing {
  requires awaitility;
  requires com.zaxxer.hikari;
  requires dev.cairn.embedded;
  requires transitive dev.cairn;
  requires transitive org.junit.jupiter.api;
  requires static transitive org.jspecify;

  exports dev.cairn.testing;
}
