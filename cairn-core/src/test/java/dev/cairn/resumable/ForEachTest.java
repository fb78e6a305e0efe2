package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.source.FileRecord;
import dev.cairn.source.Source;
import dev.cairn.source.Sources;
import dev.cairn.source.SplittableSource;
import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs that go through sources (R15 to R17). */
class ForEachTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);
  private final Effects effects = new Effects(database);

  @BeforeEach
  void createTable() {
    effects.clear();
  }

  @Test
  void r16_anItemThatFailedIsTheFirstOneOfTheNextAttempt() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.forEach(
                "numbers",
                Sources.range(0, 5),
                number -> {
                  jobs.notes.add("first " + number);
                  if (number == 2) {
                    throw new IllegalStateException("two");
                  }
                }));
    assertThat(job.metadata()).contains("\"river:resumable_cursor\": {\"numbers\": 1}");

    JobRow next =
        jobs.nextAttempt(
            job.id(),
            (steps, context) ->
                steps.forEach(
                    "numbers", Sources.range(0, 5), number -> jobs.notes.add("next " + number)));

    assertThat(next.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes)
        .containsExactly("first 0", "first 1", "first 2", "next 2", "next 3", "next 4");
  }

  @Test
  void r16_whatASourceRefusesNamesTheStepAndTheJob(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("people.csv");
    ResumableJobs.Code code =
        (steps, context) ->
            steps.step("import", () -> steps.forEach("load", Sources.lines(file), jobs.notes::add));

    JobRow job = jobs.firstAttempt(code);
    assertThat(job.errors().getLast().error())
        .isEqualTo(
            "step 'import/load' of job %d (resumable) cannot read its source: %s cannot be read: it does not exist. Put it back. The next attempt continues after the last finished item [CAIRN-330]"
                .formatted(job.id(), file));

    Files.writeString(file, "one\ntwo\n");
    assertThat(jobs.nextAttempt(job.id(), code).state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("one", "two");
  }

  /** Also what is known only when an item is read, or when the source is split. */
  @Test
  void r16_eachCallOfASourceNamesTheStepAndTheJob(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("cut.csv"), "a\n\"b\n");
    JobRow cut =
        jobs.firstAttempt((steps, context) ->
            steps.forEach(
                "load",
                Sources.quotedRecords(file).map(FileRecord::text),
                record -> jobs.notes.add(record)));
    JobRow split =
        jobs.firstAttempt((steps, context) ->
            steps.forEachInParts(
                "rows",
                Sources.keyset(database.dataSource(), "nowhere").key("id").rows(row -> row),
                2,
                row -> jobs.notes.add("a row")));

    assertThat(jobs.notes).containsExactly("a");
    assertThat(cut.errors().getLast().error())
        .startsWith(
            "step 'load' of job %d (resumable) cannot read its source: ".formatted(cut.id()))
        .endsWith("[CAIRN-321]");
    assertThat(split.errors().getLast().error())
        .startsWith(
            "step 'rows' of job %d (resumable) cannot read its source: ".formatted(split.id()))
        .endsWith("[CAIRN-323]");
  }

  /** Rules of restartOn and giveUpOn, and the retry policy, may go by it. */
  @Test
  void r21_anExceptionOfASourceOfOnesOwnKeepsItsType() throws Exception {
    class Unavailable extends IllegalStateException {
      private static final long serialVersionUID = 1L;

      Unavailable() {
        super("the service is away");
      }
    }
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.forEach(
                "load",
                Sources.<String>pages(token -> {
                  throw new Unavailable();
                }),
                jobs.notes::add));

    assertThat(job.errors().getLast().error()).isEqualTo("the service is away");
  }

  @Test
  void r15_thePositionOfABatchIsItsLastItem() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.forEachBatch(
                "numbers",
                Sources.list(IntStream.range(0, 7).boxed().toList()),
                3,
                batch -> {
                  jobs.notes.add(batch.toString());
                  if (batch.contains(4)) {
                    throw new IllegalStateException("four");
                  }
                }));

    jobs.nextAttempt(
        job.id(),
        (steps, context) ->
            steps.forEachBatch(
                "numbers",
                Sources.list(IntStream.range(0, 7).boxed().toList()),
                3,
                batch -> jobs.notes.add(batch.toString())));

    assertThat(jobs.notes).containsExactly("[0, 1, 2]", "[3, 4, 5]", "[3, 4, 5]", "[6]");
  }

  @Test
  void r4_whatABatchDoesInItsTransactionHappensOnce() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.forEachTx(
                "numbers",
                Sources.range(0, 6),
                2,
                (connection, batch) -> {
                  for (long number : batch) {
                    Effects.insert(connection, "row " + number);
                    if (number == 3) {
                      throw new IllegalStateException("three");
                    }
                  }
                }));
    assertThat(effects.all()).containsExactly("row 0", "row 1");

    jobs.nextAttempt(
        job.id(),
        (steps, context) ->
            steps.forEachTx(
                "numbers",
                Sources.range(0, 6),
                2,
                (connection, batch) -> {
                  for (long number : batch) {
                    Effects.insert(connection, "row " + number);
                  }
                }));

    assertThat(effects.all()).containsExactly("row 0", "row 1", "row 2", "row 3", "row 4", "row 5");
  }

  @Test
  void r16_aBoundIsTheSameInEveryAttempt() {
    database.execute("CREATE TABLE IF NOT EXISTS item (id bigint PRIMARY KEY)");
    database.execute("DELETE FROM item");
    database.execute("INSERT INTO item SELECT generate_series(1, 4)");
    ResumableJobs.Code code =
        (steps, context) ->
            steps.forEach(
                "items",
                Sources.keyset(database.dataSource(), "item")
                    .key("id")
                    .upToLastRowNow()
                    .rows(row -> row.getLong("id")),
                id -> {
                  jobs.notes.add("item " + id);
                  if (id == 2 && jobs.notes.size() == 2) {
                    database.execute("INSERT INTO item VALUES (5)");
                    throw new IllegalStateException("two");
                  }
                });
    JobRow job = jobs.firstAttempt(code);

    JobRow next = jobs.nextAttempt(job.id(), code);

    assertThat(next.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("item 1", "item 2", "item 2", "item 3", "item 4");
  }

  @Test
  void r17_partsRunAtTheSameTimeAndTheNextStepRunsOnceAfterThem() {
    List<Integer> numbers = IntStream.range(0, 100).boxed().toList();
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.forEachInParts(
              "numbers",
              Sources.list(numbers),
              4,
              number -> {
                jobs.notes.add("number " + number);
                if (number == 60) {
                  throw new IllegalStateException("sixty");
                }
              });
          steps.step("close", jobs.noting("close"));
        });
    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(jobs.notes).doesNotContain("close");

    JobRow next =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              steps.forEachInParts(
                  "numbers",
                  Sources.list(numbers),
                  9,
                  number -> jobs.notes.add("number " + number));
              steps.step("close", jobs.noting("close"));
            });

    assertThat(next.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes.stream().filter(note -> note.equals("number 60"))).hasSize(2);
    assertThat(jobs.notes.stream().filter(note -> !note.equals("number 60")))
        .as("each of the others once, in the parts of the first attempt")
        .hasSize(100)
        .doesNotHaveDuplicates()
        .endsWith("close");
  }

  @Test
  void r17_partsWorkBatchesToo() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.forEachBatchInParts(
                "numbers", Sources.range(0, 20), 2, 4, batch -> jobs.notes.add(batch.toString())));

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes)
        .containsExactlyInAnyOrder(
            "[0, 1, 2, 3]",
            "[4, 5, 6, 7]",
            "[8, 9]",
            "[10, 11, 12, 13]",
            "[14, 15, 16, 17]",
            "[18, 19]");
  }

  @Test
  void r4_whatPartsDoInTheirTransactionsHappensOnce() {
    ResumableJobs.Code failing = (steps, context) -> inTransactions(steps, 13);
    JobRow job = jobs.firstAttempt(failing);
    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);

    JobRow next = jobs.nextAttempt(job.id(), (steps, context) -> inTransactions(steps, -1));

    assertThat(next.state()).isEqualTo(JobState.COMPLETED);
    assertThat(effects.all()).hasSize(20).doesNotHaveDuplicates();
  }

  private static void inTransactions(Steps steps, long failing) throws Exception {
    steps.forEachTxInParts(
        "numbers",
        Sources.range(0, 20),
        2,
        4,
        (connection, batch) -> {
          for (long number : batch) {
            Effects.insert(connection, "row " + number);
            if (number == failing) {
              throw new IllegalStateException("failing");
            }
          }
        });
  }

  @Test
  void r27_theProgressOfPartsDoesNotCountWhatWasRolledBack() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .failedItems(ItemPolicy.skip(1))
                .forEachTxInParts(
                    "numbers",
                    Sources.range(0, 20),
                    2,
                    4,
                    (connection, batch) -> {
                      if (batch.contains(5L) || (batch.size() == 1 && batch.contains(7L))) {
                        throw new IllegalStateException("five, and then seven");
                      }
                    }));

    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(
            database.number(
                """
                SELECT around.done - (
                  SELECT sum(part.done) FROM %1$s.cairn_checkpoint AS part
                  WHERE part.job_id = around.job_id AND part.name LIKE 'numbers/part[%%]/items'
                )
                FROM %1$s.cairn_checkpoint AS around
                WHERE around.job_id = ? AND around.name = 'numbers'
                """
                    .formatted(database.schema()),
                job.id()))
        .isZero();
  }

  /** Goes through 0 to 99 in two parts at the same time, of which the second fails. */
  private static void twoParts(Steps steps, int before, long failing) throws Exception {
    var met = new CountDownLatch(before);
    steps.forEachInParts(
        "numbers",
        Sources.range(0, 100),
        2,
        number -> {
          met.countDown();
          if (number == failing) {
            met.await();
            throw new IllegalStateException("failing");
          }
        });
  }

  @Test
  void r27_theProgressOfPartsIsSeenTogether() {
    String progress =
        "SELECT step, done, total FROM %s.cairn_job_progress WHERE job_id = ?"
            .formatted(database.schema());
    JobRow job = jobs.firstAttempt((steps, context) -> twoParts(steps, 30, 70));
    String first = database.query(progress, job.id()).toString();
    // 20 of the second part; the first one may have been stopped anywhere.
    assertThat(first).matches("\\[\\{step=numbers, done=[2-7]\\d, total=100}]");

    jobs.nextAttempt(job.id(), (steps, context) -> twoParts(steps, 1, 99));
    assertThat(database.query(progress, job.id()).toString())
        .matches("\\[\\{step=numbers, done=(49|[5-9]\\d), total=100}]");
  }

  @Test
  void r27_theProgressOfASourceIsSeenWithItsSize() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.forEach(
                "numbers",
                Sources.range(0, 10),
                number -> {
                  if (number == 4) {
                    throw new IllegalStateException("four");
                  }
                }));

    assertThat(
            database.query(
                "SELECT done, total FROM %s.cairn_job_progress WHERE job_id = ?"
                    .formatted(database.schema()),
                job.id()))
        .hasToString("[{done=4, total=10}]");
  }

  /** Of {@code total / 1000}, for example: the step must not end as if it had done all. */
  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
  void r15_batchesAndPartsOfNothingAreRefused(int number) {
    Source<Long, Long> source = Sources.range(0, 10);
    List<ResumableJobs.Code> all =
        List.of(
            (steps, context) ->
                steps.forEachBatch("load", source, number, batch -> jobs.notes.add("did")),
            (steps, context) ->
                steps.forEachTx(
                    "load", source, number, (connection, batch) -> jobs.notes.add("did")),
            (steps, context) ->
                steps.forEachInParts(
                    "load", Sources.range(0, 10), number, item -> jobs.notes.add("did")),
            (steps, context) ->
                steps.forEachBatchInParts(
                    "load", Sources.range(0, 10), 2, number, batch -> jobs.notes.add("did")),
            (steps, context) ->
                steps.forEachTxInParts(
                    "load",
                    Sources.range(0, 10),
                    2,
                    number,
                    (connection, batch) -> jobs.notes.add("did")));
    for (ResumableJobs.Code code : all) {
      JobRow job = jobs.firstAttempt(code);

      assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
      assertThat(job.errors().getLast().error())
          .contains("must be at least 1, not " + number, "step 'load")
          .endsWith("[CAIRN-332]");
    }
    assertThat(jobs.notes).isEmpty();
  }

  @Test
  void r17_partsOfAllNumbersAreTheirParts() throws Exception {
    SplittableSource<Long, Long> all = Sources.range(Long.MIN_VALUE, Long.MAX_VALUE);

    assertThat(all.split(2)).containsExactly(Long.MIN_VALUE + "..-1", "-1.." + Long.MAX_VALUE);
  }

  /** What comes before the damage is done, also if it is of the same batch. */
  @Test
  void r15_theItemsBeforeADamageAreDoneInBatchesToo() {
    ResumableJobs.Code code =
        (steps, context) -> {
          Source<Long, Long> broken = brokenAt(7);
          steps.forEachBatch("batches", broken, 5, batch -> jobs.notes.add("batch " + batch));
        };
    JobRow job = jobs.firstAttempt(code);

    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(job.errors().getLast().error()).contains("damaged at 7");
    assertThat(jobs.notes).containsExactly("batch [0, 1, 2, 3, 4]", "batch [5, 6]");
    assertThat(jobs.savedValue(job.id(), "batches")).isEqualTo("6");
  }

  private static Source<Long, Long> brokenAt(long damage) {
    Source<Long, Long> sound = Sources.range(0, 10);
    return new Source<>() {
      @Override
      public Type cursorType() {
        return sound.cursorType();
      }

      @Override
      public Reader<Long, Long> open(@Nullable Long after, Optional<String> pinned)
          throws Exception {
        Reader<Long, Long> reader = sound.open(after, pinned);
        return () -> {
          Item<Long, Long> item = reader.next();
          if (item != null && item.value() == damage) {
            throw new IOException("damaged at " + damage);
          }
          return item;
        };
      }
    };
  }
}
