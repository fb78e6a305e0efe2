package dev.cairn.cli.demo;

/**
 * What step {@code scan} counted.
 *
 * @param files all files, and the directories that cannot be read
 * @param bytes the sizes of the files together
 */
record Found(long files, long bytes) {}
