package dev.cairn.cli.demo;

import java.nio.file.Path;

/**
 * The names of files as text, different for different files whatever the locale: a name that this
 * JVM cannot decode is written percent-encoded, as in its URI.
 */
final class PathText {
  private static final char UNDECODABLE = '\uFFFD';

  private PathText() {}

  /** The path of a file below a directory, with {@code /} between its names. */
  static String relative(Path root, Path file) {
    var text = new StringBuilder();
    Path parent = root;
    for (Path name : root.relativize(file)) {
      parent = parent.resolve(name);
      text.append(text.isEmpty() ? "" : "/").append(name(parent));
    }
    return text.toString();
  }

  /** The last name of a path. */
  static String name(Path file) {
    String name = String.valueOf(file.getFileName());
    if (name.indexOf(UNDECODABLE) < 0) {
      return name;
    }
    String uri = file.toUri().getRawPath();
    int end = uri.endsWith("/") ? uri.length() - 1 : uri.length();
    return uri.substring(uri.lastIndexOf('/', end - 1) + 1, end);
  }
}
