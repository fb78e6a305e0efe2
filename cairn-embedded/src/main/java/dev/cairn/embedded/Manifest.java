package dev.cairn.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The list of what was unpacked into a folder: each file with its size and SHA-256, and the target
 * of each link. The manifest is in the folder itself, so it finds damage, but no forgery. {@link
 * Ownership} checks whether anybody else could have written to the folder and its manifest.
 *
 * <p>Reading 60 MB at each start would take longer than the start. So each file also has a stamp:
 * the time of its last change according to the file system, which no program can set. A file with
 * the same stamp is not read. Without such stamps, as on Windows, all files are read.
 *
 * @param entries the files and links, by path below the folder
 */
record Manifest(Map<String, Entry> entries) {
  /** The name of the manifest, in the folder that it describes. */
  static final String NAME = "manifest";

  private static final String UNKNOWN = "-";

  Manifest {
    entries = Map.copyOf(entries);
  }

  /**
   * A file or a link.
   *
   * @param content the SHA-256 of a file, or the target of a link
   * @param stamp changes with each change of the file or its attributes
   */
  record Entry(long size, String content, String stamp) {
    static Entry of(Path path) throws IOException {
      return new Entry(sizeOf(path), contentOf(path), stampOf(path));
    }

    boolean describes(Path path) throws IOException {
      if (size != sizeOf(path)) {
        return false;
      }
      boolean isUntouched = !stamp.equals(UNKNOWN) && stamp.equals(stampOf(path));
      return isUntouched || content.equals(contentOf(path));
    }

    private static long sizeOf(Path path) throws IOException {
      return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .size();
    }

    private static String contentOf(Path path) throws IOException {
      return Files.isSymbolicLink(path) ? Files.readSymbolicLink(path).toString() : Sha256.of(path);
    }

    private static String stampOf(Path path) throws IOException {
      if (!Ownership.isKnown(path)) {
        return UNKNOWN;
      }
      var changed = (FileTime) Files.getAttribute(path, "unix:ctime", LinkOption.NOFOLLOW_LINKS);
      return Long.toString(changed.to(TimeUnit.NANOSECONDS));
    }
  }

  /** The manifest of the current content of a folder. */
  static Manifest of(Path folder) throws IOException {
    var entries = new HashMap<String, Entry>();
    for (Path path : content(folder)) {
      if (!isFolder(path)) {
        entries.put(name(folder, path), Entry.of(path));
      }
    }
    return new Manifest(entries);
  }

  /** Reads the manifest that was written to a folder. */
  static Manifest in(Path folder) throws IOException {
    var entries = new HashMap<String, Entry>();
    for (String line : Files.readAllLines(folder.resolve(NAME))) {
      String[] fields = line.split("\t", -1);
      if (fields.length != 4) {
        throw new IOException("its manifest cannot be read");
      }
      entries.put(fields[3], new Entry(Long.parseLong(fields[0]), fields[1], fields[2]));
    }
    return new Manifest(entries);
  }

  void writeTo(Path folder) throws IOException {
    var lines = new ArrayList<String>();
    entries.forEach((name, entry) ->
        lines.add(
            String.join("\t", Long.toString(entry.size()), entry.content(), entry.stamp(), name)));
    Files.write(Folders.createPrivateFile(folder.resolve(NAME)), lines);
  }

  /**
   * The first file that was changed after unpacking, or that others could change; empty if there is
   * none.
   */
  Optional<String> objectionTo(Path folder, Ownership ownership) throws IOException {
    int found = 0;
    for (Path path : content(folder)) {
      Optional<String> objection = ownership.objectionTo(path);
      if (objection.isPresent()) {
        return objection;
      }
      if (!isFolder(path) && !path.equals(folder.resolve(NAME))) {
        Entry entry = entries.get(name(folder, path));
        if (entry == null || !entry.describes(path)) {
          return Optional.of(path + " was changed after unpacking");
        }
        found++;
      }
    }
    return found == entries.size()
        ? Optional.empty()
        : Optional.of("%d files are missing".formatted(entries.size() - found));
  }

  private static List<Path> content(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.toList();
    }
  }

  private static boolean isFolder(Path path) {
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
  }

  private static String name(Path folder, Path path) {
    return folder.relativize(path).toString();
  }
}
