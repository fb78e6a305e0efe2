package dev.cairn.cli.work;

import dev.cairn.CairnException;
import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Folders with classes and jars, as {@code java -cp} takes them. */
final class ClassPath {
  private static final String ALL_JARS = "*";

  private final List<Path> entries;

  private ClassPath(List<Path> entries) {
    this.entries = entries;
  }

  /**
   * Reads a class path.
   *
   * @param text folders, jars, and {@code FOLDER/*} for all jars of a folder, with the separator of
   *     this system between them
   * @throws IllegalArgumentException if it has no entry, or one that does not exist
   */
  static ClassPath of(String text) {
    var entries = new ArrayList<Path>();
    for (String entry : text.split(File.pathSeparator, -1)) {
      if (!entry.isEmpty()) {
        entries.addAll(
            entry.endsWith(ALL_JARS)
                ? jarsOf(Path.of(entry.substring(0, entry.length() - 1)))
                : List.of(existing(Path.of(entry))));
      }
    }
    if (entries.isEmpty()) {
      throw new IllegalArgumentException("the class path is empty");
    }
    return new ClassPath(List.copyOf(entries));
  }

  private static Path existing(Path path) {
    if (!Files.exists(path)) {
      throw new IllegalArgumentException("there is no file or folder " + path.toAbsolutePath());
    }
    return path;
  }

  private static List<Path> jarsOf(Path folder) {
    List<Path> jars = Files.isDirectory(folder) ? jars(folder) : List.of();
    if (jars.isEmpty()) {
      throw new IllegalArgumentException("there is no jar in " + folder.toAbsolutePath());
    }
    return jars;
  }

  private static List<Path> jars(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    } catch (IOException e) {
      throw new CairnException("folder %s cannot be read: %s [CAIRN-902]".formatted(folder, e), e);
    }
  }

  /** The first folder that has jars, which are not on the class path; empty if there is none. */
  Stream<Path> foldersOfUnusedJars() {
    return entries.stream().filter(Files::isDirectory).filter(folder -> !jars(folder).isEmpty());
  }

  /** Loads classes of this program first, and then those of the class path. */
  URLClassLoader loader() {
    return new URLClassLoader(
        "class-path",
        entries.stream().map(ClassPath::url).toArray(URL[]::new),
        ClassPath.class.getClassLoader());
  }

  private static URL url(Path path) {
    try {
      return path.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new CairnException("%s has no address: %s".formatted(path, e), e);
    }
  }
}
