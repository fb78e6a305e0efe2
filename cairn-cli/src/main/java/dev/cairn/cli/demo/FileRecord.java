package dev.cairn.cli.demo;

import org.jspecify.annotations.Nullable;

/**
 * One row of the inventory.
 *
 * @param path relative to the directory, with {@code /} between its names
 * @param size in bytes, as read; 0 if it cannot be read
 * @param sha256 64 hexadecimal digits; null if it cannot be read
 * @param mimeType judged by its name; null if it cannot be read
 * @param problem why it cannot be read; null if it can
 */
record FileRecord(
    String path,
    long size,
    @Nullable String sha256,
    @Nullable String mimeType,
    @Nullable String problem) {
  static FileRecord unreadable(String path, String problem) {
    return new FileRecord(path, 0, null, null, problem);
  }
}
