package dev.cairn.cli.demo;

/**
 * The cursor of step {@code hash}: the last entry of the walk that is in the table, and how much is
 * there with it.
 *
 * @param path relative to the directory; empty at the beginning
 */
record Position(String path, long files, long bytes) {
  static final Position START = new Position("", 0, 0);

  Position after(FileRecord file) {
    return new Position(file.path(), files + 1, bytes + file.size());
  }
}
