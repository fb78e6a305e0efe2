package dev.cairn.chaos.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.chaos.history.Note;
import dev.cairn.chaos.history.Note.Kind;
import dev.cairn.chaos.history.Rung;
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

    var runs = new OpenRuns(file);
    runs.read();
    assertThat(runs.open()).isEqualTo(2);
    assertThat(runs.begun()).isEqualTo(3);

    journal.note(Kind.ENDED, "b", 2, 0, Note.RETURNED);
    runs.read();
    assertThat(runs.open()).isEqualTo(1);
  }

  @Test
  void aRunThatMayEndWithoutAWordIsNotOpen() throws Exception {
    Path file = folder.resolve("worker-1.journal");
    var journal = new Journal("worker-1", file);
    journal.note(Kind.BEGAN, "a", 1, 1, Rung.OUT_OF_MEMORY.key(1));
    journal.note(Kind.BEGAN, "b", 2, 1, Rung.DEAF.key(2));
    var runs = new OpenRuns(file);
    runs.read();

    assertThat(runs.open()).isEqualTo(1);
    assertThat(runs.open(Rung.DEAF)).isEqualTo(1);
    assertThat(runs.open(Rung.OUT_OF_MEMORY)).isEqualTo(1);
  }

  @Test
  void aLineThatIsBeingWrittenIsReadWhenItIsComplete() throws Exception {
    Path file = folder.resolve("worker-1.journal");
    new Journal("worker-1", file).note(Kind.BEGAN, "a", 1, 1, "key-1");
    String whole = Files.readString(file);
    var runs = new OpenRuns(file);
    Files.writeString(file, whole.substring(0, 12));
    runs.read();
    assertThat(runs.begun()).isZero();

    Files.writeString(file, whole);
    runs.read();
    assertThat(runs.begun()).isEqualTo(1);
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
