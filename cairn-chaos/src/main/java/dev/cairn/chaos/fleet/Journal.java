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
 * What one worker process notes of its jobs: a file, so that it is there whatever becomes of the
 * process and of the database. Each line is written at once, and {@code kill -9} does not take back
 * what was written. Thread-safe.
 */
final class Journal {
  private final String client;
  private final FileOutputStream file;

  Journal(String client, Path path) throws IOException {
    this.client = client;
    // Not a channel: an interrupt would close that.
    this.file = new FileOutputStream(path.toFile(), true);
  }

  /** Whose it is. */
  String client() {
    return client;
  }

  /** A note that concerns a whole run. */
  void note(Kind kind, String run, long jobId, long item, String text) {
    write(new Note(kind, System.currentTimeMillis(), client, run, jobId, "", item, text));
  }

  /** A note that concerns an item of a step. */
  void note(Kind kind, String run, long jobId, String step, long item) {
    write(new Note(kind, System.currentTimeMillis(), client, run, jobId, step, item, ""));
  }

  /** The process ran late by so much. */
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

  /** What a journal holds; a line that was torn off is left out. */
  static List<Note> read(Path path) throws IOException {
    try (var lines = Files.lines(path)) {
      return lines.flatMap(line -> Note.parse(line).stream()).toList();
    }
  }
}
