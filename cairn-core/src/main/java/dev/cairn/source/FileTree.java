package dev.cairn.source;

import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The regular files below a folder, by name within each folder. The position is the path below the
 * folder; files that come or go between attempts change nothing for the others. Links are not
 * followed.
 */
record FileTree(Path root) implements Source<Path, String> {
  @Override
  public Type cursorType() {
    return String.class;
  }

  @Override
  public Reader<Path, String> open(@Nullable String after, Optional<String> pinned)
      throws IOException {
    if (!Files.isDirectory(root)) {
      throw new IllegalStateException(root + " is not a folder that can be read");
    }
    return new Walk(after == null ? List.of() : List.of(after.split("/")));
  }

  private final class Walk implements Reader<Path, String> {
    private final List<String> after;
    private final Deque<Iterator<Path>> folders = new ArrayDeque<>();

    Walk(List<String> after) throws IOException {
      this.after = after;
      folders.push(children(root));
    }

    @Override
    public @Nullable Item<Path, String> next() throws IOException {
      while (!folders.isEmpty()) {
        if (!folders.peek().hasNext()) {
          folders.pop();
          continue;
        }
        Path path = folders.peek().next();
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
          if (mayHoldMore(path)) {
            folders.push(children(path));
          }
        } else if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) && comesAfter(path)) {
          return new Item<>(path, String.join("/", names(path)));
        }
      }
      return null;
    }

    private boolean comesAfter(Path path) {
      return compare(names(path), after) > 0;
    }

    /** A folder that the position lies in, or that comes after it. */
    private boolean mayHoldMore(Path folder) {
      List<String> names = names(folder);
      int common = Math.min(names.size(), after.size());
      return compare(names.subList(0, common), after.subList(0, common)) >= 0;
    }

    private List<String> names(Path path) {
      return Stream.iterate(root.relativize(path).iterator(), Iterator::hasNext, it -> it)
          .map(it -> it.next().toString())
          .toList();
    }

    private Iterator<Path> children(Path folder) throws IOException {
      try (Stream<Path> all = Files.list(folder)) {
        return all.sorted(
                (a, b) -> a.getFileName().toString().compareTo(b.getFileName().toString()))
            .toList()
            .iterator();
      } catch (NoSuchFileException e) {
        // Deleted since its name was read.
        return List.<Path>of().iterator();
      }
    }
  }

  private static int compare(List<String> one, List<String> other) {
    for (int i = 0; i < Math.min(one.size(), other.size()); i++) {
      int order = one.get(i).compareTo(other.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(one.size(), other.size());
  }
}
