package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobRow;
import dev.cairn.JobSnoozeException;
import dev.cairn.JobState;
import dev.cairn.StoreUnavailableException;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.source.Sources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** How many items may be skipped (R32). */
class SkipLimitsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private static final Duration SHORT = Duration.ofMillis(1);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  @Test
  void r32_whatIsSkippedCountsOverAllTries() {
    ResumableJobs.Code code =
        (steps, context) ->
            steps
                .retrying(4, SHORT)
                .failedItems(ItemPolicy.skip(2))
                .forEach(
                    "numbers",
                    Sources.range(0, 12),
                    number -> {
                      jobs.notes.add("met " + number);
                      throw new IllegalStateException("no " + number);
                    });
    JobRow job = jobs.firstAttempt(code);

    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(jobs.notes).containsExactly("met 0", "met 1", "met 2", "met 2", "met 2", "met 2");

    jobs.nextAttempt(job.id(), code);
    assertThat(jobs.notes).doesNotContain("met 3");
  }

  @Test
  void r32_whatIsSkippedCountsOverAllPartsAndAttempts() {
    ResumableJobs.Code code =
        (steps, context) ->
            steps
                .failedItems(ItemPolicy.skip(5))
                .forEachInParts(
                    "numbers",
                    Sources.range(0, 80),
                    8,
                    number -> {
                      throw new IllegalStateException("no " + number);
                    });
    JobRow job = jobs.firstAttempt(code);
    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(skippedInParts(job)).isLessThanOrEqualTo(5);

    JobRow next = jobs.nextAttempt(jobs.nextAttempt(job.id(), code).id(), code);

    assertThat(next.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(skippedInParts(next)).isEqualTo(5);
    assertThat(jobs.savedValue(job.id(), "numbers/cairn:skipped")).startsWith("[5,");
  }

  /** The count may be durable before the position behind its item is. */
  @Test
  void r32_anItemThatIsMetAgainAfterADeathCountsOnce() {
    var first = new AtomicBoolean(true);
    ResumableJobs.Code code =
        (steps, context) ->
            steps
                .failedItems(ItemPolicy.skip(1))
                .forEach(
                    "numbers",
                    Sources.range(0, 4),
                    number -> {
                      if (number == 1) {
                        jobs.notes.add("met 1");
                        throw new IllegalStateException("one");
                      }
                      if (number == 2 && first.getAndSet(false)) {
                        throw new JobSnoozeException(Duration.ofHours(1));
                      }
                    });
    JobRow job = jobs.firstAttempt(code);
    assertThat(jobs.savedValue(job.id(), "numbers")).isEqualTo("1");
    database.execute(
        "UPDATE %s.cairn_checkpoint SET value = '0' WHERE job_id = ? AND name = 'numbers'"
            .formatted(database.schema()),
        job.id());

    JobRow next = jobs.nextAttempt(job.id(), code);

    assertThat(next.state()).as(next.errors().toString()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("met 1", "met 1");
  }

  /** The progress of a file is its bytes. */
  @Test
  void r32_aShareIsOfAllItemsThatWereMetAlsoInAFile(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("lines.txt");
    Files.write(file, IntStream.range(0, 1_000).mapToObj(i -> "line " + i).toList());
    var stops = new AtomicBoolean(true);
    ResumableJobs.Code code =
        (steps, context) ->
            steps
                .failedItems(ItemPolicy.skipShare(0.05))
                .forEach(
                    "lines",
                    Sources.lines(file),
                    line -> {
                      int number = Integer.parseInt(line.substring("line ".length()));
                      if (number == 500 && stops.getAndSet(false)) {
                        throw new JobSnoozeException(Duration.ofHours(1));
                      }
                      if (number >= 500 && number < 515) {
                        throw new IllegalStateException("broken");
                      }
                    });
    JobRow job = jobs.firstAttempt(code);
    assertThat(job.state()).isEqualTo(JobState.SCHEDULED);

    JobRow next = jobs.nextAttempt(job.id(), code);

    assertThat(next.state()).as(next.errors().toString()).isEqualTo(JobState.COMPLETED);
  }

  /** What was rolled back was not met. */
  @Test
  void r32_aBatchThatFailsAgainAndAgainIsNotMetByThat(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("lines.txt");
    Files.write(file, IntStream.range(0, 1_000).mapToObj(i -> "line " + i).toList());
    ResumableJobs.Code code =
        (steps, context) ->
            steps
                .retrying(10, SHORT)
                .failedItems(ItemPolicy.skipShare(0.05))
                .forEachTx(
                    "lines",
                    Sources.lines(file),
                    200,
                    (connection, lines) -> {
                      if (lines.contains("line 300")) {
                        throw new StoreUnavailableException("away", null);
                      }
                    });
    JobRow job = jobs.firstAttempt(code);

    String counts = jobs.savedValue(job.id(), "lines/cairn:skipped");
    assertThat(counts).startsWith("[0, 200");
  }

  /** How far the parts have come, where every item fails. */
  private long skippedInParts(JobRow job) {
    return database.number(
        "SELECT coalesce(sum(done), 0) FROM %s.cairn_checkpoint WHERE job_id = ? AND name LIKE ?"
            .formatted(database.schema()),
        job.id(),
        "numbers/part[%/items");
  }
}
