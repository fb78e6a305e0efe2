package dev.cairn.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.Worker;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class JobLogTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final JobLog jobLog = new JobLog();

  @JobKind("logging")
  record Logging(String name) {}

  private JobRow worked(Worker<Logging> worker, InsertOptions options, JobState end) {
    Cairn client =
        clients.start(
            Logging.class,
            worker,
            settings ->
                settings.middleware(jobLog).retryPolicy((job, failures) -> Duration.ofMillis(1)));
    return clients.await(client.insert(new Logging("x"), options).id(), end);
  }

  private static JsonNode logs(JobRow job) {
    return JsonMapper.shared().readTree(job.metadata()).get("river:log");
  }

  @Test
  void linesAreKeptInTheFormOfRiver() {
    JobRow job =
        worked(
            (logging, context) -> {
              JobLog.of(context).add("first");
              JobLog.of(context).add("second\n");
            },
            InsertOptions.defaults(),
            JobState.COMPLETED);

    assertThat(job.metadata())
        .isEqualTo("{\"river:log\": [{\"log\": \"first\\nsecond\\n\", \"attempt\": 1}]}");
  }

  /** The appenders of two clients in a process see the events of both. */
  @Test
  void attemptsOfTwoLogsAreToldApart() {
    var runs = new HashSet<String>();
    for (JobLog each : List.of(jobLog, new JobLog())) {
      Cairn client =
          clients.start(
              Logging.class,
              (job, context) -> runs.add(MDC.get(JobLog.RUN)),
              settings -> settings.middleware(each));
      clients.await(client.insert(new Logging("x")).id(), JobState.COMPLETED);
      client.stop();
    }
    assertThat(runs).hasSize(2);
  }

  @Test
  void anAttemptThatLogsNothingLeavesNothing() {
    JobRow job = worked((logging, context) -> {}, InsertOptions.defaults(), JobState.COMPLETED);

    assertThat(job.metadata()).isEqualTo("{}");
  }

  @Test
  void theLogsOfFailedAttemptsAddUp() {
    JobRow job =
        worked(
            (logging, context) -> {
              JobLog.of(context).add("try " + logging.attempt());
              throw new IllegalStateException("fails");
            },
            InsertOptions.defaults().withMaxAttempts(2),
            JobState.DISCARDED);

    assertThat(logs(job))
        .isEqualTo(
            JsonMapper.shared()
                .readTree(
                    """
                    [{"attempt": 1, "log": "try 1\\n"}, {"attempt": 2, "log": "try 2\\n"}]
                    """));
  }

  @Test
  void whatPostgresqlCannotStoreIsReplaced() {
    JobRow job =
        worked(
            (logging, context) -> JobLog.of(context).add("a\0b\uD800c"),
            InsertOptions.defaults(),
            JobState.COMPLETED);

    assertThat(logs(job).get(0).get("log").asString()).isEqualTo("a\uFFFDb?c\n");
  }

  @Test
  void theMostOfAnAttemptIsItsLastTwoMegabytes() {
    JobRow job =
        worked(
            (logging, context) -> {
              for (int i = 0; i < 3; i++) {
                JobLog.of(context).add(i + "ä".repeat(500_000));
              }
            },
            InsertOptions.defaults(),
            JobState.COMPLETED);

    String log = logs(job).get(0).get("log").asString();
    assertThat(log).startsWith("... 1000002 bytes dropped ...\n1ä").contains("\n2ä");
  }

  @Test
  void theEndIsKeptOfATextThatIsTooLargeByItself() {
    JobRow job =
        worked(
            (logging, context) -> JobLog.of(context).add("ä".repeat(2 << 20) + "end"),
            InsertOptions.defaults(),
            JobState.COMPLETED);

    String log = logs(job).get(0).get("log").asString();
    assertThat(log).matches("(?s)\\.\\.\\. \\d+ bytes dropped \\.\\.\\.\\nä+end\\n");
    assertThat(log.length()).isLessThan((1 << 20) + 100).isGreaterThan((1 << 20) - 100);
  }

  @Test
  void theOldestAttemptsOfAJobThatLogsTooMuchAreDropped() {
    String megabytes = "x".repeat(3_000_000);
    String metadata =
        """
        {"river:log": [{"attempt": 1, "log": "%1$s"}, {"attempt": 2, "log": "%1$s"}, \
        {"attempt": 3, "log": "%1$s"}]}\
        """
            .formatted(megabytes);

    assertThat(new JobHistory(metadata).with(4, "short"))
        .extracting(entry -> entry.get("attempt"))
        .containsExactly(2, 3, 4);
    assertThat(new JobHistory("{\"river:log\": \"not a list\"}").with(1, "short")).hasSize(1);
  }

  private static String history(int attempts, String log) {
    return IntStream.rangeClosed(1, attempts)
        .mapToObj(attempt -> "{\"attempt\": %d, \"log\": \"%s\"}".formatted(attempt, log))
        .collect(Collectors.joining(", ", "{\"river:log\": [", "]}"));
  }

  /** A job that snoozes for months uses up no attempt, and each wrote the logs of all again. */
  @ParameterizedTest
  @ValueSource(ints = {98, 99, 100, 5_000})
  void theFirstTenAndTheLastNinetyLogsAreKept(int before) {
    List<Object> attempts =
        new JobHistory(history(before, "still waiting"))
            .with(before + 1, "still waiting").stream().map(entry -> entry.get("attempt")).toList();

    List<Object> all = IntStream.rangeClosed(1, before + 1).<Object>mapToObj(it -> it).toList();
    assertThat(attempts)
        .isEqualTo(
            all.size() <= 100
                ? all
                : Stream.concat(
                        all.stream().limit(10), all.subList(all.size() - 90, all.size()).stream())
                    .toList());
  }

  /** What is stored counts: a text of control characters is six times as long in JSON. */
  @Test
  void theBytesOfJsonCountAndNotThoseOfTheText() {
    List<Map<String, Object>> kept =
        new JobHistory(history(6, "\\u0001".repeat(300_000))).with(7, "short");

    assertThat(kept).extracting(entry -> entry.get("attempt")).containsExactly(3, 4, 5, 6, 7);
    assertThat(JsonMapper.shared().writeValueAsBytes(kept).length).isLessThan(8 << 20);
  }

  @Test
  void anAppenderReachesTheAttemptByItsRunAndNoOther() {
    var run = new AtomicReference<String>();
    JobRow job =
        worked(
            (logging, context) -> {
              run.set(org.slf4j.MDC.get(JobLog.RUN));
              jobLog.append("nobody", "lost");
              jobLog.append(null, "lost");
              JobLog.of(context).add("kept");
            },
            InsertOptions.defaults(),
            JobState.COMPLETED);
    jobLog.append(run.get(), "too late");

    assertThat(logs(job).get(0).get("log").asString()).isEqualTo("kept\n");
  }

  @Test
  void withoutTheMiddlewareTheErrorNamesIt() {
    var failure = new AtomicReference<Throwable>();
    Cairn client =
        clients.start(
            Logging.class,
            (logging, context) ->
                assertThatIllegalStateException()
                    .isThrownBy(() -> JobLog.of(context))
                    .satisfies(failure::set));
    clients.await(client.insert(new Logging("x")).id(), JobState.COMPLETED);

    assertThat(failure.get()).hasMessageContaining("new JobLog()");
  }
}
