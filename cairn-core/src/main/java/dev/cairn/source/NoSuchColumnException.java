package dev.cairn.source;

/**
 * A row has no column of a name, or more than one. That is so for all rows of its source, so it is
 * no failure of the row: an {@link dev.cairn.resumable.ItemPolicy} does not skip the row or put it
 * aside, and the loop fails. In a loop over files, it is a failure of the file.
 */
public final class NoSuchColumnException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /**
   * @param message names the source, the column and those that there are
   */
  public NoSuchColumnException(String message) {
    super(message);
  }
}
