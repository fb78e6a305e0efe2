package dev.cairn.cli.demo;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * The regular files below a directory, in the order of their names, so that a walk can continue
 * after any of them. Links are not followed; what cannot be read is an entry with a problem.
 */
final class TreeWalk implements Iterator<TreeWalk.Entry> {
  /** The directories on the way to the next entry, the innermost first. */
  private final Deque<Iterator<Entry>> open = new ArrayDeque<>();

  private @Nullable Entry next;

  private TreeWalk(Path root, List<String> after) {
    next = enter(new Entry("", root, true, 0, null), after);
  }

  /**
   * @param path relative to the directory
   * @param size in bytes, as the directory says
   * @param problem why it cannot be read; null if nothing is known against it
   */
  record Entry(String path, Path file, boolean isDirectory, long size, @Nullable String problem) {
    private String name() {
      return path.substring(path.lastIndexOf('/') + 1);
    }
  }

  static TreeWalk of(Path root) {
    return after(root, "");
  }

  /**
   * @param path of the last entry to skip; empty for none
   */
  static TreeWalk after(Path root, String path) {
    return new TreeWalk(root, path.isEmpty() ? List.of() : List.of(path.split("/", -1)));
  }

  @Override
  public boolean hasNext() {
    while (next == null && !open.isEmpty()) {
      Iterator<Entry> siblings = open.peek();
      if (!siblings.hasNext()) {
        open.pop();
      } else {
        Entry entry = siblings.next();
        next = entry.isDirectory() ? enter(entry, List.of()) : entry;
      }
    }
    return next != null;
  }

  @Override
  public Entry next() {
    if (!hasNext() || next == null) {
      throw new NoSuchElementException();
    }
    Entry entry = next;
    next = null;
    return entry;
  }

  /**
   * Continues inside a directory.
   *
   * @param after the names that lead from it to the last entry to skip
   * @return the directory itself as an entry, if it cannot be read
   */
  private @Nullable Entry enter(Entry directory, List<String> after) {
    List<Entry> children;
    try {
      children = children(directory);
    } catch (IOException e) {
      return new Entry(directory.path(), directory.file(), false, 0, FileHasher.problem(e));
    }
    if (after.isEmpty()) {
      open.push(children.iterator());
      return null;
    }
    String passed = after.getFirst();
    open.push(children.stream().filter(child -> child.name().compareTo(passed) > 0).iterator());
    return children.stream()
        .filter(child -> child.isDirectory() && after.size() > 1 && child.name().equals(passed))
        .findFirst()
        .map(child -> enter(child, after.subList(1, after.size())))
        .orElse(null);
  }

  private static List<Entry> children(Entry directory) throws IOException {
    var children = new ArrayList<Entry>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory.file())) {
      for (Path file : files) {
        String name = PathText.name(file);
        Entry child =
            child(directory.path().isEmpty() ? name : directory.path() + "/" + name, file);
        if (child != null) {
          children.add(child);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    children.sort(Comparator.comparing(Entry::name));
    return children;
  }

  /** Null if it is neither a file nor a directory, or has just been deleted. */
  private static @Nullable Entry child(String path, Path file) {
    try {
      var attributes =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return attributes.isDirectory() || attributes.isRegularFile()
          ? new Entry(path, file, attributes.isDirectory(), attributes.size(), null)
          : null;
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      return new Entry(path, file, false, 0, FileHasher.problem(e));
    }
  }
}
