package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.OddValues.Odd;
import dev.cairn.resumable.Steps;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * No row stops a queue, a client or a leader, whatever its columns hold: ten healthy jobs beside
 * all odd ones come to their end. Where they do not, the odd values that keep them from it are
 * found by halving; {@code -Dcairn.test.culprits=N} says how many at most.
 */
@Timeout(600) // the search takes its time
class OddRowsWorkedTest {
  private static final int HEALTHY = 10;

  /** For what is to be good. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** For parts of what was not good, so that the search for its cause does not take for ever. */
  private static final Duration SHORT_PATIENCE = Duration.ofSeconds(6);

  private static final int CULPRITS = Integer.getInteger("cairn.test.culprits", 3);

  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  @JobKind("odd")
  record Work(int number) {}

  /** What happens to the jobs. */
  enum Scenario {
    COMPLETED(JobState.AVAILABLE, "", "state = 'completed'", "default"),
    FAILED(JobState.AVAILABLE, "", "state = 'retryable'", "default") {
      @Override
      void work(WorkContext context) {
        throw new IllegalStateException("on purpose");
      }
    },
    SNOOZED(JobState.AVAILABLE, "", "state = 'scheduled'", "default") {
      @Override
      void work(WorkContext context) {
        throw new JobSnoozeException(Duration.ofHours(1));
      }
    },
    COMPLETED_IN_STEPS(JobState.AVAILABLE, "", "state = 'completed'", "default") {
      @Override
      void work(WorkContext context) throws Exception {
        Steps steps = Steps.of(context);
        steps.step("one", () -> {});
        steps.cursor("two", Integer.class, 0, cursor -> cursor.checkpoint(1));
      }
    },
    FAILED_IN_STEPS(JobState.AVAILABLE, "", "state = 'retryable'", "default") {
      @Override
      void work(WorkContext context) throws Exception {
        Steps.of(context)
            .cursor(
                "rows",
                Integer.class,
                0,
                cursor -> {
                  cursor.advance(1);
                  throw new IllegalStateException("on purpose");
                });
      }
    },
    /** Asked for through the table, as where no notifications arrive. */
    CANCELLED_WHILE_RUNNING(JobState.AVAILABLE, "", "state = 'cancelled'", "default") {
      @Override
      void work(WorkContext context) throws Exception {
        while (true) {
          Thread.sleep(Duration.ofMillis(20));
          context.yieldIfInterrupted();
        }
      }

      @Override
      CairnBuilder settings(CairnBuilder builder) {
        return builder.pollOnly();
      }

      @Override
      void meanwhile(Cairn client, List<Long> healthy, Duration patience) {
        Awaitility.await()
            .atMost(patience)
            .until(() ->
                healthy.stream()
                    .allMatch(
                        id -> client.jobs().find(id).orElseThrow().state() == JobState.RUNNING));
        healthy.forEach(client.jobs()::cancel);
      }
    },
    RESCUED(
        JobState.RUNNING,
        """
        UPDATE %1$s.river_job SET attempted_by = '{dead}'
        WHERE attempted_by = '{somebody}';
        INSERT INTO %1$s.cairn_client (id, heartbeat_at, timeout)
        VALUES ('dead', now() - interval '1 hour', '1 second') ON CONFLICT DO NOTHING
        """,
        "state = 'available'",
        "elsewhere"),
    RESCUED_AS_STUCK(
        JobState.RUNNING,
        """
        UPDATE %1$s.river_job SET attempted_at = now() - interval '2 hours'
        WHERE attempted_at BETWEEN now() - interval '1 hour' AND now()
        """,
        "state <> 'running'",
        "elsewhere"),
    SCHEDULED(
        JobState.RETRYABLE,
        """
        UPDATE %1$s.river_job SET scheduled_at = now() - interval '1 second'
        WHERE scheduled_at BETWEEN now() AND now() + interval '1 day'
        """,
        "state = 'available'",
        "elsewhere"),
    CLEANED(
        JobState.COMPLETED,
        """
        UPDATE %1$s.river_job SET finalized_at = now() - interval '2 days'
        WHERE finalized_at BETWEEN now() - interval '1 hour' AND now()
        """,
        "false",
        "elsewhere");

    private final JobState begin;
    private final String preparation;
    private final String end;
    private final String queue;

    /**
     * @param begin the state of all jobs at first
     * @param preparation statements that make them ready
     * @param end what holds for a healthy job then
     * @param queue the one that the client works
     */
    Scenario(JobState begin, String preparation, String end, String queue) {
      this.begin = begin;
      this.preparation = preparation;
      this.end = end;
      this.queue = queue;
    }

    void work(WorkContext context) throws Exception {}

    CairnBuilder settings(CairnBuilder builder) {
      return builder;
    }

    void meanwhile(Cairn client, List<Long> healthy, Duration patience) {}
  }

  /** What a run has come to. */
  private record Result(long healthyLeft, List<String> leftRunning) {
    boolean isGood() {
      return healthyLeft == 0 && leftRunning.isEmpty();
    }
  }

  @Tag("thorough")
  @ParameterizedTest
  @EnumSource
  void noRowKeepsOthersFromTheirEnd(Scenario scenario) {
    var rows = new OddRows(database);

    assertThat(culprits(scenario, rows.values())).isEmpty();
  }

  /** The values that, alone beside the healthy jobs, keep these from their end. */
  private List<String> culprits(Scenario scenario, List<Odd> odds) {
    var found = new ArrayList<String>();
    search(scenario, odds, PATIENCE, found);
    return found;
  }

  private void search(Scenario scenario, List<Odd> odds, Duration patience, List<String> found) {
    if (found.size() >= CULPRITS) {
      return;
    }
    Result result = run(scenario, odds, patience);
    if (result.isGood()) {
      return;
    }
    if (odds.size() == 1) {
      found.add(
          "%s: %d of %d healthy jobs left, left running: %s"
              .formatted(odds.getFirst(), result.healthyLeft(), HEALTHY, result.leftRunning()));
      return;
    }
    int half = odds.size() / 2;
    int before = found.size();
    search(scenario, odds.subList(0, half), SHORT_PATIENCE, found);
    search(scenario, odds.subList(half, odds.size()), SHORT_PATIENCE, found);
    if (found.size() == before) {
      found.add("only together: " + odds);
    }
  }

  private Result run(Scenario scenario, List<Odd> odds, Duration patience) {
    var rows = new OddRows(database);
    odds.forEach(odd -> rows.insert(odd, scenario.begin, "default"));
    List<Long> healthy =
        LongStream.range(0, HEALTHY).mapToObj(i -> rows.insert(scenario.begin, "default")).toList();
    Stream.of(scenario.preparation.split(";"))
        .filter(sql -> !sql.isBlank())
        .forEach(sql -> database.execute(sql.formatted(database.schema())));
    Cairn client = clients.build(builder -> settings(scenario, builder));
    client.start();
    try {
      scenario.meanwhile(client, healthy, patience);
      Awaitility.await()
          .atMost(patience)
          .pollInterval(Duration.ofMillis(20))
          .until(() -> left(scenario, healthy) == 0);
    } catch (ConditionTimeoutException e) {
      // The count tells.
    }
    long healthyLeft = left(scenario, healthy);
    client.stopNow();
    List<String> leftRunning =
        database
            .query(
                "SELECT id FROM %s.river_job WHERE state = 'running' AND ? = ANY (attempted_by)"
                    .formatted(database.schema()),
                client.id())
            .stream()
            .map(row -> "job " + row.get("id"))
            .toList();
    for (String table : List.of("river_job", "cairn_checkpoint", "cairn_client", "river_leader")) {
      database.execute("DELETE FROM %s.%s".formatted(database.schema(), table));
    }
    return new Result(healthyLeft, leftRunning);
  }

  private static CairnBuilder settings(Scenario scenario, CairnBuilder builder) {
    Worker<Work> worker = (job, context) -> scenario.work(context);
    return scenario.settings(
        builder
            .workers(Workers.builder().register(Work.class, worker).build())
            .queue(scenario.queue, 1_000)
            .retryPolicy((job, failures) -> Duration.ofHours(1)));
  }

  private long left(Scenario scenario, List<Long> healthy) {
    return database.number(
        "SELECT count(*) FROM %s.river_job WHERE id = ANY ('%s'::bigint[]) AND NOT (%s)"
            .formatted(
                database.schema(),
                healthy.toString().replace('[', '{').replace(']', '}'),
                scenario.end));
  }
}
