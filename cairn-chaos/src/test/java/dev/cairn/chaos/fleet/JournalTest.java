package dev.cairn.chaos.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.chaos.history.Note;
import dev.cairn.chaos.history.Note.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  @TempDir private Path folder;

  @Test
  void runsThatBeganAndHaveNotEndedAreOpen() throws Exception {
    Path file = folder.resolve("worker-1.journal");
    var journal = new Journal("worker-1", file);

    journal.note(Kind.BEGAN, "a", 1, 1, "key-1");
    journal.note(Kind.BEGAN, "b", 2, 1, "key-2");
    journal.note(Kind.DID, "b", 2, "step", 7);
    journal.note(Kind.ENDED, "a", 1, 0, Note.RETURNED);
    journal.note(Kind.BEGAN, "c", 1, 2, "key-1");
    journal.late(50);

    assertThat(Journal.openRuns(Journal.read(file))).isEqualTo(2);
  }

  @Test
  void aLineThatAKilledProcessHasWrittenInPartIsLeftOut() throws Exception {
    Path file = folder.resolve("worker-1.journal");
    new Journal("worker-1", file).note(Kind.BEGAN, "a", 1, 1, "key-1");
    String whole = Files.readString(file);
    Files.writeString(file, whole + whole.substring(0, 12));

    assertThat(Journal.read(file)).hasSize(1);
  }
}
