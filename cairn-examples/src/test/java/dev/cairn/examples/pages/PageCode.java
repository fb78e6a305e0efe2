package dev.cairn.examples.pages;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Code that the documentation shows: as a block of a page, or as a region of a source. A region
 * begins with the comment {@code // docs: jobs.md}, which may name several pages, and ends with
 * {@code // end docs}.
 *
 * @param file where it stands
 * @param line of its first line, counted from 1
 * @param pages the pages that show it
 * @param text without the marks
 */
record PageCode(Path file, int line, List<String> pages, String text) {
  private static final Path ROOT = Path.of("..");
  private static final Pattern BEGIN = Pattern.compile("\\s*// docs: (.+)");
  private static final Pattern END = Pattern.compile("\\s*// end docs");
  private static final Pattern FENCE = Pattern.compile("\\s*```\\s*(?:java|kotlin)\\b.*");
  private static final Pattern FENCE_END = Pattern.compile("\\s*```\\s*");
  private static final Pattern EXEMPTION = Pattern.compile("<!-- not compiled: \\w.+ -->");

  /** The blocks in Java and Kotlin of the README and the guide that are to be compiled. */
  static List<PageCode> blocks() {
    List<Path> pages = files(ROOT.resolve("docs"), ".md");
    return Stream.concat(Stream.of(ROOT.resolve("README.md")), pages.stream())
        .flatMap(page -> blocks(page, lines(page)).stream())
        .toList();
  }

  /** The marked regions of all sources in Java and Kotlin. */
  static List<PageCode> regions() {
    return sources().stream().flatMap(source -> regions(source, lines(source)).stream()).toList();
  }

  static List<Path> sources() {
    try (Stream<Path> modules = Files.list(ROOT)) {
      return modules
          .map(module -> module.resolve("src"))
          .filter(Files::isDirectory)
          .flatMap(folder ->
              Stream.concat(files(folder, ".java").stream(), files(folder, ".kt").stream()))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<PageCode> blocks(Path page, List<String> lines) {
    var blocks = new ArrayList<PageCode>();
    String before = "";
    for (int i = 0; i < lines.size(); i++) {
      if (FENCE.matcher(lines.get(i)).matches()) {
        int end = next(FENCE_END, page, lines, i + 1);
        if (!EXEMPTION.matcher(before).matches()) {
          String text = String.join("\n", lines.subList(i + 1, end));
          blocks.add(new PageCode(page, i + 2, List.of(name(page)), text));
        }
        i = end;
      }
      before = lines.get(i).isBlank() ? before : lines.get(i);
    }
    return blocks;
  }

  static List<PageCode> regions(Path source, List<String> lines) {
    var regions = new ArrayList<PageCode>();
    for (int i = 0; i < lines.size(); i++) {
      var begin = BEGIN.matcher(lines.get(i));
      if (begin.matches()) {
        int end = next(END, source, lines, i + 1);
        List<String> pages = List.of(begin.group(1).split(", "));
        String text = String.join("\n", lines.subList(i + 1, end));
        regions.add(new PageCode(source, i + 2, pages, text));
        i = end;
      }
    }
    return regions;
  }

  private static int next(Pattern wanted, Path file, List<String> lines, int from) {
    for (int i = from; i < lines.size(); i++) {
      if (wanted.matcher(lines.get(i)).matches()) {
        return i;
      }
    }
    throw new IllegalStateException(
        "what begins at %s, line %d, does not end: '%s' is missing".formatted(file, from, wanted));
  }

  /** Whether both say the same: line breaks and indents are the business of each. */
  boolean says(String code) {
    return squeezed(text).equals(squeezed(code));
  }

  /** Of these, the one that begins most like this one. */
  Optional<PageCode> nearest(List<PageCode> others) {
    return others.stream().max(Comparator.comparingInt(other -> alike(other.text())));
  }

  /** The rest of this code from where another one differs, on one line. */
  String from(PageCode other) {
    String rest = squeezed(text).substring(alike(other.text()));
    return rest.isEmpty() ? "(its end)" : rest.substring(0, Math.min(rest.length(), 60));
  }

  private int alike(String code) {
    String here = squeezed(text);
    String there = squeezed(code);
    int length = 0;
    while (length < Math.min(here.length(), there.length())
        && here.charAt(length) == there.charAt(length)) {
      length++;
    }
    return length;
  }

  private static String squeezed(String code) {
    return code.replaceAll("\\s+", "");
  }

  private static String name(Path page) {
    return page.getFileName().toString();
  }

  static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> files(Path folder, String ending) {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return ROOT.relativize(file) + ", line " + line;
  }
}
