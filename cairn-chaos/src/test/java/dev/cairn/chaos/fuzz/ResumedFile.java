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

/** A file that is read from its beginning, and again from behind each of its items. */
final class ResumedFile {
  /** Of a longer file, the last items only: reading all again from each takes its square. */
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
   * @param text what is compared
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
          "behind item",
          stop,
          "there is",
          rest,
          "and should be",
          all.subList(stop + 1, all.size()));
    }
  }

  /** The items as text; the last one says what ended the reading if that was a failure. */
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
