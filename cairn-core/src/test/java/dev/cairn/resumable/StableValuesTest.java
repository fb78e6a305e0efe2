package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Job;
import dev.cairn.JobRow;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a job takes from the world outside, and keeps (R29). */
class StableValuesTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  @Test
  void r29_keysIdsAndTimesAreTheSameInEveryAttempt() {
    List<Object> first = new ArrayList<>();
    List<Object> second = new ArrayList<>();
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          collect(steps, first);
          steps.step("later", jobs.failing("later"));
        });

    jobs.nextAttempt(
        job.id(),
        (steps, context) -> {
          collect(steps, second);
          steps.step("later", () -> {});
        });

    assertThat(second).isEqualTo(first);
    List<Object> third = new ArrayList<>();
    clients.inserter().jobs().retry(job.id());
    jobs.nextAttempt(job.id(), (steps, context) -> collect(steps, third));
    int computed = first.size() - 1;
    assertThat(third.subList(0, computed))
        .as("also when the completed job is retried from zero")
        .isEqualTo(first.subList(0, computed));
    assertThat(third.getLast())
        .as("a step with a result, so forgotten")
        .isNotEqualTo(first.getLast());
    assertThat(new HashSet<>(first)).as("all different").hasSize(first.size());
  }

  private static void collect(Steps steps, List<Object> values) throws Exception {
    values.add(steps.idempotencyKey("charge"));
    values.add(steps.idempotencyKey("charge", 7L));
    values.add(steps.idempotencyKey("charge", 8L));
    values.add(steps.idempotencyKey("refund", 7L));
    values.add(steps.uuid("invoice").toString());
    values.add(steps.uuid("charge").toString());
    values.add(steps.now("begun"));
  }

  @Test
  void r29_branchesThatNameTheirStepsAlikeHaveKeysOfTheirOwn() {
    List<Object> keys = Collections.synchronizedList(new ArrayList<>());
    ResumableJobs.Code code =
        (steps, context) -> {
          keys.add(steps.idempotencyKey("charge", 7L));
          steps.parallel(
              "customers",
              branches -> {
                for (String customer : List.of("ada", "bob")) {
                  branches.add(
                      customer,
                      own -> {
                        keys.add(own.idempotencyKey("charge", 7L));
                        keys.add(own.uuid("invoice"));
                      });
                }
              });
          steps.step("later", jobs.failing("later"));
        };

    jobs.firstAttempt(code);

    assertThat(keys).hasSize(5).doesNotHaveDuplicates();
  }

  @Test
  void r29_anotherJobHasOthersAlsoInAnotherDatabase() {
    Instant time = Instant.parse("2026-11-24T08:00:00.123456Z");
    UUID id = new StableKeys(job(1, "import", time)).id("a", "b");

    assertThat(new StableKeys(job(1, "import", time)).id("a", "b")).isEqualTo(id);
    assertThat(
            List.of(
                new StableKeys(job(2, "import", time)).id("a", "b"),
                new StableKeys(job(1, "export", time)).id("a", "b"),
                new StableKeys(job(1, "import", time.plusNanos(1_000))).id("a", "b"),
                new StableKeys(job(1, "import", time)).id("ab", ""),
                new StableKeys(job(1, "import", time)).id("a", "b", ""),
                new StableKeys(job(1, "import", time)).id("a", "", "b")))
        .doesNotContain(id)
        .doesNotHaveDuplicates();
    assertThat(id.version()).isEqualTo(8);
    assertThat(id.variant()).isEqualTo(2);
  }

  private static Job<String> job(long id, String kind, Instant createdAt) {
    return new Job<>(
        id, kind, "", 1, 25, 0, 1, "default", List.of(), "{}", createdAt, createdAt, createdAt);
  }
}
