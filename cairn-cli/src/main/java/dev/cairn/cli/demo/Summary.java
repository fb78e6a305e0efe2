package dev.cairn.cli.demo;

import java.util.List;

/**
 * The result of step {@code summarise}, which becomes the output of the job.
 *
 * @param files all rows, including those of unreadable files
 * @param bytes the sizes of the files together
 * @param unreadable the files and directories that cannot be read
 * @param types the most frequent types, most files first
 * @param duplicateFiles the files beyond the first of each content
 * @param duplicateBytes their sizes together
 */
record Summary(
    long files,
    long bytes,
    long unreadable,
    List<TypeTotal> types,
    long duplicateFiles,
    long duplicateBytes) {
  /** The files of one MIME type. */
  record TypeTotal(String mimeType, long files, long bytes) {}
}
