package dev.cairn.chaos.fuzz;

import dev.cairn.source.FilePosition;
import dev.cairn.source.Source;
import dev.cairn.source.Source.Item;
import dev.cairn.source.Source.Reader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads a file from its beginning, and again from the end of each of its items. */
final class ResumedFile {
  /** Only the last items of a longer file: the time would grow with the square of the items. */
  private static final int STOPS = 8;

  private ResumedFile() {}

  static Path fresh(String name) {
    try {
      Path folder = Files.createTempDirectory("cairn-fuzz-");
      folder.toFile().deleteOnExit();
      Path file = Files.createFile(folder.resolve(name));
      file.toFile().deleteOnExit();
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @param text the text of an item, for the comparison
   */
  static <T> void check(
      Path file, byte[] content, Source<T, FilePosition> source, Function<T, String> text)
      throws Exception {
    Files.write(file, content);
    Optional<String> pinned = source.pin();
    var positions = new ArrayList<FilePosition>();
    List<String> all = read(source, null, pinned, text, positions);
    for (int stop = Math.max(0, positions.size() - STOPS); stop < positions.size(); stop++) {
      List<String> rest = read(source, positions.get(stop), pinned, text, new ArrayList<>());
      Expect.that(
          rest.equals(all.subList(stop + 1, all.size())),
          "after item",
          stop,
          "there is",
          rest,
          "and should be",
          all.subList(stop + 1, all.size()));
    }
  }

  /** The items as text. If reading fails, the last one is the failure. */
  private static <T> List<String> read(
      Source<T, FilePosition> source,
      @Nullable FilePosition after,
      Optional<String> pinned,
      Function<T, String> text,
      List<FilePosition> positions)
      throws Exception {
    var all = new ArrayList<String>();
    try (Reader<T, FilePosition> reader = source.open(after, pinned)) {
      for (Item<T, FilePosition> item = reader.next(); item != null; item = reader.next()) {
        Optional<Exception> failure = item.failure();
        all.add(failure.isPresent() ? "broken: " + failure.get() : text.apply(item.value()));
        positions.add(item.position());
      }
    } catch (IllegalStateException e) {
      all.add("ends: " + e.getMessage());
    }
    return all;
  }
}
