package dev.cairn.chaos.fleet;

import dev.cairn.chaos.history.Note;
import dev.cairn.chaos.history.Note.Kind;
import dev.cairn.chaos.history.Rung;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The runs that a journal shows, while its process writes it. Each look reads only what is new,
 * because attacks look often and journals get long. Thread-safe.
 */
public final class OpenRuns {
  /** Runs of these rungs may end without a note, and would stay open forever. */
  private static final Set<Rung> SILENT = Set.of(Rung.OUT_OF_MEMORY, Rung.STACK_OVERFLOW);

  private final Path journal;
  private final Map<String, String> open = new HashMap<>();
  private long position;
  private long begun;

  OpenRuns(Path journal) {
    this.journal = journal;
  }

  /** Reads the lines that are new. A last line that is not complete yet is read the next time. */
  synchronized void read() throws IOException {
    if (!Files.exists(journal)) {
      return;
    }
    byte[] news;
    try (var file = new RandomAccessFile(journal.toFile(), "r")) {
      news = new byte[Math.toIntExact(file.length() - position)];
      file.seek(position);
      file.readFully(news);
    }
    int end = news.length;
    while (end > 0 && news[end - 1] != '\n') {
      end--;
    }
    position += end;
    new String(news, 0, end, StandardCharsets.UTF_8)
        .lines()
        .flatMap(line -> Note.parse(line).stream())
        .forEach(this::add);
  }

  private void add(Note note) {
    if (note.kind() == Kind.BEGAN) {
      begun++;
      open.put(note.run(), note.text());
    } else if (note.kind() == Kind.ENDED) {
      open.remove(note.run());
    }
  }

  /** How many runs have begun. */
  public synchronized long begun() {
    return begun;
  }

  /** How many runs have begun and not ended, of jobs that always note their end. */
  public synchronized long open() {
    return open.values().stream()
        .filter(key -> SILENT.stream().noneMatch(it -> it.owns(key)))
        .count();
  }

  /** How many runs of jobs of this rung, which an attack has inserted, have begun and not ended. */
  public synchronized long open(Rung rung) {
    return open.values().stream().filter(rung::owns).count();
  }
}
