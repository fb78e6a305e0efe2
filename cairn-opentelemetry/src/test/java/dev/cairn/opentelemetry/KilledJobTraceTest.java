package dev.cairn.opentelemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.cairn.Cairn;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.embedded.ServerOptions;
import dev.cairn.migrate.Migrator;
import dev.cairn.opentelemetry.TracePicture.Look;
import dev.cairn.opentelemetry.TracedImport.ImportCatalog;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The spans of a job whose process is killed with SIGKILL, as a collector receives them from three
 * processes. With {@code -Dcairn.docs.write=true} it draws docs/images/tracing.svg from them;
 * without, it fails if the picture says something else.
 */
@Tag("thorough")
class KilledJobTraceTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final Path PICTURE = Path.of("../docs/images/tracing.svg");

  @RegisterExtension final OtlpReceiver collector = new OtlpReceiver();

  private final List<Process> processes = new ArrayList<>();

  KilledJobTraceTest() throws IOException {}

  @AfterEach
  void kill() {
    processes.forEach(Process::destroyForcibly);
  }

  private Process start(FreshDatabase database, String... arguments) throws IOException {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                TracedImport.class.getName(),
                collector.endpoint()));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).redirectError(Redirect.DISCARD);
    builder.environment().putAll(database.environment());
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  private static void awaitHalf(Process process) throws IOException {
    BufferedReader output = process.inputReader();
    for (String line = output.readLine(); !"half".equals(line); line = output.readLine()) {
      assertThat(line).as("the process ended early").isNotNull();
    }
  }

  private List<OtlpSpan> named(String name) {
    return collector.spans().stream().filter(span -> span.name().equals(name)).toList();
  }

  private OtlpSpan await(String name) {
    Awaitility.await().atMost(PATIENCE).until(() -> !named(name).isEmpty());
    return named(name).getFirst();
  }

  /** The attempt of a process that has completed the job. */
  private OtlpSpan awaitCompletedBy(String service) {
    return Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () ->
                named("process default").stream()
                    .filter(span -> span.service().equals(service))
                    .filter(span -> "completed".equals(span.attribute(TraceNames.JOB_OUTCOME)))
                    .findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  @Test
  void theAttemptAfterAKillIsLinkedToTheInsertionAndToTheOneThatWasKilled() throws Exception {
    long id;
    Instant killed;
    try (var server = EmbeddedDatabase.start(ServerOptions.forTests());
        OpenTelemetrySdk sdk = TracedImport.sendingTo(collector.endpoint(), "shop")) {
      FreshDatabase database = server.newDatabase();
      Migrator.of(database.dataSource()).up();
      Process first = start(database, "worker-1", "dies");
      try (Cairn inserter = TracedImport.client(database, sdk).build()) {
        id = inserter.insert(new ImportCatalog("spring.csv")).id();
      }
      awaitHalf(first);
      // Spans are on their way after their step has ended.
      await("step quote");
      await("step validate");
      first.destroyForcibly().waitFor();
      killed = Instant.now();
      start(database, "worker-2");
      awaitCompletedBy("worker-2");
    }

    OtlpSpan insertion = await("insert default");
    OtlpSpan attempt = awaitCompletedBy("worker-2");
    Awaitility.await().atMost(PATIENCE).until(() -> within(attempt.spanId()).size() >= 4);
    assertThat(attempt.attribute(TraceNames.MESSAGING_MESSAGE_ID)).isEqualTo(Long.toString(id));
    assertThat(attempt.links()).hasSize(2).startsWith(insertion.spanId());
    String lost = attempt.links().getLast();
    assertThat(collector.spans()).extracting(OtlpSpan::spanId).doesNotContain(lost);
    List<OtlpSpan> before = within(lost);
    assertThat(before)
        .extracting(OtlpSpan::name, OtlpSpan::service)
        .containsExactly(tuple("step validate", "worker-1"), tuple("step quote", "worker-1"));
    assertThat(within(attempt.spanId()))
        .extracting(step -> step.name() + " " + step.attribute(TraceNames.STEP_STATE))
        .containsExactly(
            "step validate skipped",
            "step quote skipped",
            "step import finished",
            "step publish finished");
    OtlpSpan resumed = await("step import");
    assertThat(resumed.attribute(TraceNames.STEP_RESUMED)).isEqualTo("true");
    draw(insertion, before, killed, attempt);
  }

  private List<OtlpSpan> within(String parent) {
    return collector.spans().stream()
        .filter(span -> span.parentId().equals(parent))
        .sorted(Comparator.comparingLong(OtlpSpan::startNanos))
        .toList();
  }

  private void draw(OtlpSpan insertion, List<OtlpSpan> before, Instant killed, OtlpSpan attempt)
      throws IOException {
    var picture = new TracePicture();
    int inserted =
        picture.add(
            0,
            "shop: insert default",
            insertion.startNanos(),
            insertion.endNanos(),
            Look.INSERTION,
            List.of());
    long end = killed.getEpochSecond() * 1_000_000_000 + killed.getNano();
    int lost =
        picture.add(
            0,
            "worker-1: process default, attempt 1: killed",
            before.getFirst().startNanos(),
            end,
            Look.LOST,
            List.of());
    before.forEach(step -> add(picture, step));
    int second =
        picture.add(
            0,
            "worker-2: process default, attempt 1 goes on",
            attempt.startNanos(),
            attempt.endNanos(),
            Look.ATTEMPT,
            List.of());
    within(attempt.spanId()).forEach(step -> add(picture, step));
    picture.link(lost, inserted, "link to the insertion");
    picture.link(second, inserted, "link to the insertion");
    picture.link(second, lost, "link to the attempt that it continues");
    check(picture.svg());
  }

  private static void add(TracePicture picture, OtlpSpan step) {
    String state = Objects.requireNonNull(step.attribute(TraceNames.STEP_STATE));
    boolean isResumed = "true".equals(step.attribute(TraceNames.STEP_RESUMED));
    picture.add(
        1,
        "%s: %s%s".formatted(step.name(), isResumed ? "resumed, " : "", state),
        step.startNanos(),
        step.endNanos(),
        state.equals("skipped") ? Look.SKIPPED : Look.STEP,
        step.events().stream().map(OtlpSpan.Happening::nanos).toList());
  }

  private static void check(String svg) throws IOException {
    if (Boolean.getBoolean("cairn.docs.write")) {
      Files.createDirectories(PICTURE.getParent());
      Files.writeString(PICTURE, svg);
    }
    assertThat(TracePicture.texts(Files.readString(PICTURE)))
        .as("what %s says: write it anew with -Dcairn.docs.write=true", PICTURE)
        .isEqualTo(TracePicture.texts(svg));
  }
}
