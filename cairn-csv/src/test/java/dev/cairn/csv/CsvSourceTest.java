package dev.cairn.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.JobKind;
import dev.cairn.Worker;
import dev.cairn.resumable.ItemPolicy;
import dev.cairn.resumable.Steps;
import dev.cairn.source.FilePosition;
import dev.cairn.source.Source.Item;
import dev.cairn.source.Source.Reader;
import dev.cairn.source.Sources;
import dev.cairn.testing.Explorer;
import dev.cairn.testing.JobTester;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** CSV files by row (R16). */
class CsvSourceTest {
  private static final String PEOPLE =
      """
      name,note
      Kiri,plain

      "Ana ""A"" Silva","first line
      second, line"
      漢字,🪨
      ,
      """;

  @TempDir private Path folder = Path.of("");

  @JobKind("people")
  record People(String file) {}

  private Path file(String text) throws Exception {
    return Files.writeString(folder.resolve("people.csv"), text);
  }

  private static List<Item<CsvRow, FilePosition>> read(
      CsvSource source, @Nullable FilePosition after) throws Exception {
    var items = new ArrayList<Item<CsvRow, FilePosition>>();
    try (Reader<CsvRow, FilePosition> reader = source.open(after, source.pin())) {
      for (Item<CsvRow, FilePosition> item = reader.next(); item != null; item = reader.next()) {
        items.add(item);
      }
    }
    return items;
  }

  private static List<List<String>> fields(List<Item<CsvRow, FilePosition>> items) {
    return items.stream().map(item -> item.value().fields()).toList();
  }

  @Test
  void r16_csvRowsGoOnBehindAnyRow() throws Exception {
    CsvSource source = CsvSource.of(file(PEOPLE));
    List<Item<CsvRow, FilePosition>> all = read(source, null);

    assertThat(fields(all))
        .containsExactly(
            List.of("Kiri", "plain"),
            List.of("Ana \"A\" Silva", "first line\nsecond, line"),
            List.of("漢字", "🪨"),
            List.of("", ""));
    assertThat(all.get(1).value().get("note")).isEqualTo("first line\nsecond, line");
    assertThat(all.getLast().position().offset())
        .isEqualTo(PEOPLE.getBytes(StandardCharsets.UTF_8).length);
    for (int finished = 1; finished <= all.size(); finished++) {
      assertThat(fields(read(source, all.get(finished - 1).position())))
          .as("after %d rows", finished)
          .isEqualTo(fields(all.subList(finished, all.size())));
    }
  }

  @Test
  void r16_csvMayHaveOtherSeparatorsAndNoHeader() throws Exception {
    CsvSource source =
        CsvSource.of(file("1;\"a;b\"\r\n2;c\r\n")).separatedBy(';').withColumns("id", "text");

    List<Item<CsvRow, FilePosition>> rows = read(source, null);
    assertThat(rows.stream().map(row -> row.value().get("text"))).containsExactly("a;b", "c");
    assertThat(rows.getFirst().value().columns()).containsExactly("id", "text");
    assertThat(rows.getFirst().value()).hasToString("1;\"a;b\"");
    assertThat(source.size(Optional.empty())).hasValue(Files.size(folder.resolve("people.csv")));
    assertThatThrownBy(() -> source.separatedBy('"')).hasMessageContaining("cannot separate");
  }

  @Test
  void r16_emptyCsvHasNoRows() throws Exception {
    assertThat(read(CsvSource.of(file("")), null)).isEmpty();
    assertThat(read(CsvSource.of(file("\n\n")), null)).isEmpty();
    assertThat(read(CsvSource.of(file("name,note\n")), null)).isEmpty();
  }

  @Test
  void r16_brokenCsvNamesTheFileAndThePlace() throws Exception {
    CsvSource source = CsvSource.of(file("name,name,note\na,b\n\"a\"x,b,c\na,b,c\n"));
    List<Item<CsvRow, FilePosition>> rows = read(source, null);

    assertThatThrownBy(() -> rows.get(0).value().fields())
        .hasMessageContaining(
            "people.csv, line 2 (byte 15): the row has 2 fields, but there are 3 columns");
    assertThatThrownBy(() -> rows.get(1).value().get("note"))
        .hasMessageContaining(
            "people.csv, line 3 (byte 19): the record is no CSV: field 1 has text after its closing quote");
    CsvRow whole = rows.get(2).value();
    assertThatThrownBy(() -> whole.get("name")).hasMessageContaining("more than one column 'name'");
    assertThatThrownBy(() -> whole.get("age"))
        .hasMessageContaining("no column 'age'; its columns are [name, name, note]");
    assertThatThrownBy(() -> read(CsvSource.of(file("a,b\n1,\"2\n")), null))
        .hasMessageContaining("line 2 (byte 4): the file ends within double quotes");
  }

  /** As a redrive does it. Seen before: such a row was said not to exist any more. */
  @Test
  void aRowThatGotItsLineEndLaterIsFoundAgain() throws Exception {
    for (String end : List.of("\n", "\r\n")) {
      Path file = file("name,note" + end + end + "Kiri,x" + end + end + "Ana,\"y\nz\"");
      for (CsvSource source :
          List.of(CsvSource.of(file), CsvSource.of(file).withColumns("name", "note"))) {
        Optional<String> pinned = source.pin();
        List<Item<CsvRow, FilePosition>> all = read(source, null);
        FilePosition last = all.getLast().position();
        String before = Files.readString(file);
        Files.writeString(file, end + "Bob,z" + end, StandardOpenOption.APPEND);

        for (FilePosition position :
            new FilePosition[] {all.get(all.size() - 2).position(), null}) {
          Item<CsvRow, FilePosition> found =
              Objects.requireNonNull(source.find(last, position, pinned));
          assertThat(found.value().get("name")).isEqualTo("Ana");
          assertThat(found.value().get("note")).isEqualTo("y\nz");
          assertThat(found.position()).isEqualTo(last);
        }
        FilePosition kiri = all.get(all.size() - 2).position();
        assertThat(Objects.requireNonNull(source.find(kiri, null, pinned)).value().get("note"))
            .isEqualTo("x");
        assertThat(source.find(kiri, last, pinned)).isNull();
        Files.writeString(file, before);
      }
    }
  }

  @Tag("thorough")
  @Test
  void r16_aCsvImportLosesAndDoublesNothingWhereverItIsKilled() throws Exception {
    Path file = file(PEOPLE);
    var loaded = new ArrayList<String>();

    Worker<People> worker =
        (job, context) ->
            Steps.of(context)
                .forEach(
                    "load",
                    CsvSource.of(Path.of(job.args().file())),
                    row -> loaded.add(row.get("name")));
    Explorer.of(worker)
        .args(new People(file.toString()))
        .before(loaded::clear)
        .effect(() -> List.copyOf(loaded))
        .allowingRepeats()
        .killEverywhere();
  }

  @Test
  void r20_brokenRowsAreItemsThatMayBeSkipped() throws Exception {
    Path file = file("name,note\nKiri,x\nbroken\nAna,y\n");
    var loaded = new ArrayList<String>();

    Worker<People> worker =
        (job, context) ->
            Steps.of(context)
                .failedItems(ItemPolicy.skip(1))
                .forEach("load", CsvSource.of(file), row -> loaded.add(row.get("name")));
    JobTester.of(People.class, worker).work(new People(file.toString()));

    assertThat(loaded).containsExactly("Kiri", "Ana");
  }

  @Test
  void r20_aColumnThatIsMissingIsTheFileAndNoRowIsPutAside() throws Exception {
    Path file = Files.writeString(folder.resolve("renamed.csv"), "title\nAda\nBob\n");
    var loaded = new ArrayList<String>();
    Worker<People> worker =
        (job, context) ->
            Steps.of(context)
                .failedItems(ItemPolicy.quarantine())
                .forEach(
                    "load",
                    CsvSource.of(file),
                    row -> {
                      try {
                        loaded.add(row.get("name"));
                      } catch (IllegalArgumentException e) {
                        throw new IllegalStateException("row " + row, e);
                      }
                    });

    var attempt = JobTester.of(People.class, worker).work(new People(file.toString()));

    assertThat(attempt.failure().orElseThrow())
        .rootCause()
        .hasMessageContaining("no column 'name'");
    assertThat(attempt.quarantined("load")).isEmpty();
    assertThat(loaded).isEmpty();
  }

  /** What the loop over the rows of one file may look like. */
  @FunctionalInterface
  interface RowsOfFile {
    void load(Steps steps, String step, CsvSource rows, List<String> loaded) throws Exception;
  }

  static Stream<Arguments> loopsOverRows() {
    RowsOfFile withPolicy =
        (steps, step, rows, loaded) ->
            steps
                .failedItems(ItemPolicy.quarantine())
                .forEach(step, rows, row -> loaded.add(row.get("name")));
    RowsOfFile without =
        (steps, step, rows, loaded) ->
            steps.forEach(step, rows, row -> loaded.add(row.get("name")));
    RowsOfFile inBatches =
        (steps, step, rows, loaded) ->
            steps.forEachBatch(
                step, rows, 2, batch -> batch.forEach(row -> loaded.add(row.get("name"))));
    return Stream.of(
        Arguments.of("with a policy", withPolicy),
        Arguments.of("without a policy", without),
        Arguments.of("in batches", inBatches));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("loopsOverRows")
  void r20_aFileWithoutTheColumnIsPutAsideAmongOthers(String name, RowsOfFile rows)
      throws Exception {
    Files.writeString(folder.resolve("1.csv"), "name\nAda\n");
    Files.writeString(folder.resolve("2.csv"), "title\nBob\n");
    Files.writeString(folder.resolve("3.csv"), "name\nCid\n");
    var loaded = new ArrayList<String>();
    Worker<People> worker =
        (job, context) -> {
          Steps steps = Steps.of(context);
          steps
              .failedItems(ItemPolicy.quarantine())
              .forEach(
                  "files",
                  Sources.range(1, 4),
                  number ->
                      rows.load(
                          steps,
                          Steps.name("rows", number),
                          CsvSource.of(folder.resolve(number + ".csv")),
                          loaded));
        };

    var attempt = JobTester.of(People.class, worker).work(new People("all"));

    attempt.requireCompleted();
    assertThat(loaded).containsExactly("Ada", "Cid");
    assertThat(attempt.quarantined("files")).hasSize(1);
  }

  @Test
  void r16_testsNameAPositionByItsByte() throws Exception {
    Path file = file("name\na\nb\nc\n");
    var loaded = new ArrayList<String>();
    Worker<People> worker =
        (job, context) ->
            Steps.of(context)
                .forEach("load", CsvSource.of(file), row -> loaded.add(row.get("name")));
    var tester = JobTester.of(People.class, worker);
    var args = new People(file.toString());

    var interrupted = tester.interruptAt("load", FilePosition.at(9)).work(args);
    assertThat(loaded).containsExactly("a", "b");
    tester.resume(interrupted).work(args).requireCompleted();
    assertThat(loaded).containsExactly("a", "b", "c");
    tester.resumeAt("load", FilePosition.at(7)).work(args).requireCompleted();
    assertThat(loaded).containsExactly("a", "b", "c", "b", "c");
  }

  @Test
  void r20_quotesThatAreNeverClosedFailBeforeTheRowsBehindThemVanish() throws Exception {
    Path file = file("name\na\n\"b\nc\nd\n");
    var loaded = new ArrayList<String>();
    Worker<People> worker =
        (job, context) ->
            Steps.of(context)
                .failedItems(ItemPolicy.skip(100))
                .forEach(
                    "load",
                    CsvSource.of(Path.of(job.args().file())),
                    row -> loaded.add(row.get("name")));

    assertThat(JobTester.of(People.class, worker).work(new People(file.toString())).failure())
        .hasValueSatisfying(failure ->
            assertThat(failure)
                .hasMessageContaining(
                    "people.csv, line 3 (byte 7): the file ends within double quotes"));
    assertThat(loaded).containsExactly("a");
  }

  @Test
  void r20_rowsThatAreTooLongOrNotInUtf8AreItemsThatMayBeSkipped() throws Exception {
    byte[] broken = "a,1\nb,X\nc,longer\nd,2\n".getBytes(StandardCharsets.UTF_8);
    broken[6] = (byte) 0xFF;
    Path file = Files.write(folder.resolve("people.csv"), broken);
    var loaded = new ArrayList<String>();
    Worker<People> worker =
        (job, context) ->
            Steps.of(context)
                .failedItems(ItemPolicy.skip(2))
                .forEach(
                    "load",
                    CsvSource.of(Path.of(job.args().file()))
                        .maxRecordBytes(7)
                        .withColumns("name", "note"),
                    row -> loaded.add(row.get("name")));
    JobTester.of(People.class, worker).work(new People(file.toString()));

    assertThat(loaded).containsExactly("a", "d");
    CsvRow tooLong =
        read(CsvSource.of(file).withColumns("name", "note").maxRecordBytes(7), null).get(2).value();
    assertThat(tooLong.line()).hasValue(3);
    assertThatThrownBy(tooLong::fields)
        .hasMessageContaining("people.csv, line 3 (byte 8): the record is longer than 7 bytes")
        .hasMessageContaining("maxRecordBytes");
  }

  /** As an operator goes back to the beginning: {@code rewind --cursor 0}. */
  @ParameterizedTest
  @ValueSource(longs = {0, 1, 3})
  void r16_aPositionBeforeTheEndOfTheHeaderMeansTheFirstRow(long offset) throws Exception {
    CsvSource source = CsvSource.of(file("\na,b\n1,2\n3,4\n"));

    List<Item<CsvRow, FilePosition>> rows = read(source, FilePosition.at(offset));

    assertThat(fields(rows)).containsExactly(List.of("1", "2"), List.of("3", "4"));
    assertThat(rows.getFirst().value().get("b")).isEqualTo("2");
    assertThat(read(CsvSource.of(file("")), FilePosition.at(0))).isEmpty();
  }

  @Test
  void r16_withoutAHeaderTheBeginningIsTheFirstRecord() throws Exception {
    CsvSource source = CsvSource.of(file("1,2\n3,4\n")).withColumns("a", "b");

    assertThat(fields(read(source, FilePosition.at(0))))
        .containsExactly(List.of("1", "2"), List.of("3", "4"));
  }
}
