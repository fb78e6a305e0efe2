package dev.cairn.source;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The regular files below a folder, by {@link FileName} within each folder. The position is the
 * path below the folder. Files that are added or deleted between attempts have no effect on the
 * others. Links are not followed.
 */
record FileTree(Path root) implements Source<Path, String> {
  @Override
  public Type cursorType() {
    return String.class;
  }

  @Override
  public Reader<Path, String> open(@Nullable String after, Optional<String> pinned)
      throws IOException {
    FileAccess.requireFolder(root);
    return new Walk(root, after == null ? List.of() : List.of(after.split("/")));
  }

  /**
   * A file or folder.
   *
   * @param position the path from the root
   * @param isOnTheWay whether all its names are equal to those of the start position at the same
   *     depth
   */
  private record Entry(Path path, String name, String position, int depth, boolean isOnTheWay) {}

  private static final class Walk implements Reader<Path, String> {
    private final List<String> after;
    private final Deque<Iterator<Entry>> folders = new ArrayDeque<>();

    Walk(Path root, List<String> after) throws IOException {
      this.after = after;
      folders.push(entries(new Entry(root, "", "", 0, true)));
    }

    @Override
    public @Nullable Item<Path, String> next() throws IOException {
      while (!folders.isEmpty()) {
        if (!folders.peek().hasNext()) {
          folders.pop();
          continue;
        }
        Entry entry = folders.peek().next();
        BasicFileAttributes attributes = attributes(entry.path());
        if (attributes == null) {
          continue;
        }
        if (attributes.isDirectory()) {
          folders.push(entries(entry));
        } else if (attributes.isRegularFile() && !isFinished(entry)) {
          return new Item<>(entry.path(), entry.position());
        }
      }
      return null;
    }

    /**
     * Null if it was deleted since its name was read. Anything else that keeps it from being seen
     * must not make it look like a file that is away.
     */
    private static @Nullable BasicFileAttributes attributes(Path path) throws IOException {
      try {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      } catch (NoSuchFileException e) {
        return null;
      } catch (IOException e) {
        throw FileAccess.unreadable(path, e);
      }
    }

    /** The file of the position, or a file that now stands where the position has a folder. */
    private boolean isFinished(Entry entry) {
      return entry.isOnTheWay() && entry.depth() <= after.size();
    }

    /** The contents of a folder that are not before the position, in order. */
    private Iterator<Entry> entries(Entry folder) throws IOException {
      try (Stream<Path> all = Files.list(folder.path())) {
        return all.map(path -> entry(folder, path))
            .filter(entry -> !(folder.isOnTheWay() && isBefore(entry)))
            .sorted(Comparator.comparing(Entry::name))
            .toList()
            .iterator();
      } catch (NoSuchFileException e) {
        if (folder.depth() == 0) {
          throw FileAccess.unreadable(folder.path(), e);
        }
        // The folder was deleted after its name was read.
        return List.<Entry>of().iterator();
      } catch (UncheckedIOException e) {
        throw FileAccess.unreadable(folder.path(), Objects.requireNonNull(e.getCause()));
      } catch (IOException e) {
        throw FileAccess.unreadable(folder.path(), e);
      }
    }

    private Entry entry(Entry folder, Path path) {
      String name = FileName.of(path);
      int depth = folder.depth() + 1;
      boolean isOnTheWay =
          folder.isOnTheWay() && (depth > after.size() || after.get(depth - 1).equals(name));
      String position = folder.depth() == 0 ? name : folder.position() + "/" + name;
      return new Entry(path, name, position, depth, isOnTheWay);
    }

    private boolean isBefore(Entry entry) {
      return entry.depth() <= after.size()
          && entry.name().compareTo(after.get(entry.depth() - 1)) < 0;
    }
  }
}
