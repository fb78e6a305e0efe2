import org.jspecify.annotations.NullMarked;

/** CSV files as sources of a step. */
@NullMarked
module dev.cairn.csv {
  requires transitive dev.cairn;
  requires static transitive org.jspecify;

  exports dev.cairn.csv;
}
