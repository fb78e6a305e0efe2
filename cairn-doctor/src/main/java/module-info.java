import org.jspecify.annotations.NullMarked;

/** Checks of a database that holds jobs. */
@NullMarked
module dev.cairn.doctor {
  requires transitive dev.cairn;
  requires static transitive org.jspecify;

  exports dev.cairn.doctor;
}
