package dev.cairn.chaos.fleet;

import dev.cairn.chaos.history.Note;
import dev.cairn.chaos.history.Note.Kind;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The notes of one worker process about its jobs. They are in a file, so that they survive the
 * process and do not depend on the database. Each line is written at once, and {@code kill -9} does
 * not undo what was written. Thread-safe.
 */
final class Journal {
  private final String client;
  private final FileOutputStream file;

  Journal(String client, Path path) throws IOException {
    this.client = client;
    // Not a channel, because an interrupt would close it.
    this.file = new FileOutputStream(path.toFile(), true);
  }

  /** The client that writes this journal. */
  String client() {
    return client;
  }

  /** Notes something about a whole run. */
  void note(Kind kind, String run, long jobId, long item, String text) {
    write(new Note(kind, System.currentTimeMillis(), client, run, jobId, "", item, text));
  }

  /** Notes something about an item of a step. */
  void note(Kind kind, String run, long jobId, String step, long item) {
    write(new Note(kind, System.currentTimeMillis(), client, run, jobId, step, item, ""));
  }

  /** Notes by how much the process ran late. */
  void late(long millis) {
    note(Kind.LATE, "", 0, millis, "");
  }

  private synchronized void write(Note note) {
    try {
      file.write(note.line().getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("the journal cannot be written", e);
    }
  }

  /** Reads the notes of a journal. An incomplete last line is left out. */
  static List<Note> read(Path path) throws IOException {
    try (var lines = Files.lines(path)) {
      return lines.flatMap(line -> Note.parse(line).stream()).toList();
    }
  }
}
