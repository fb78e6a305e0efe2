package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.GenericType;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import java.math.BigDecimal;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Results, positions and payloads of types that a class cannot name. */
class GenericResultsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  record Quote(BigDecimal amount, Instant validUntil) {}

  sealed interface Stage {
    record Waiting() implements Stage {}

    record Loading(long row) implements Stage {}
  }

  private static final GenericType<List<Quote>> QUOTES = new GenericType<>() {};
  private static final GenericType<Map<String, List<Quote>>> BY_SHOP = new GenericType<>() {};
  private static final GenericType<List<Stage>> STAGES = new GenericType<>() {};
  private static final GenericType<Optional<Instant>> WHEN = new GenericType<>() {};

  private static final Instant NOON = Instant.parse("2026-11-29T12:00:00.123456789Z");
  private static final List<Quote> TWO =
      List.of(new Quote(new BigDecimal("1.10"), NOON), new Quote(new BigDecimal("1e400"), NOON));
  private static final List<Stage> BOTH = List.of(new Stage.Waiting(), new Stage.Loading(7));

  private static <T> StepFunction<T> never() {
    return () -> {
      throw new AssertionError("runs again");
    };
  }

  @Test
  void r14_resultsComeBackWithTheirTypeArguments() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          assertThat(steps.step("quotes", QUOTES, () -> TWO)).isSameAs(TWO);
          steps.step("by shop", BY_SHOP, () -> Map.of("b", TWO, "a", List.of()));
          steps.step("stages", STAGES, () -> BOTH);
          steps.step("when", WHEN, () -> Optional.of(NOON));
          steps.step("nothing", QUOTES, GenericResultsTest::nothing);
          steps.stepTx("in a transaction", QUOTES, (Connection connection) -> TWO);
          steps.step("later", jobs.failing("later"));
        });

    JobRow next =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              assertThat(steps.step("quotes", QUOTES, never())).isEqualTo(TWO);
              assertThat(steps.step("by shop", BY_SHOP, never()))
                  .isEqualTo(Map.of("b", TWO, "a", List.of()));
              assertThat(steps.step("stages", STAGES, never())).isEqualTo(BOTH);
              assertThat(steps.step("when", WHEN, never())).contains(NOON);
              assertThat(steps.step("nothing", QUOTES, never())).isNull();
              assertThat(
                      steps.stepTx(
                          "in a transaction",
                          QUOTES,
                          (Connection connection) -> GenericResultsTest.<List<Quote>>never().run()))
                  .isEqualTo(TWO);
              steps.step("later", jobs.noting("later"));
            });

    assertThat(next.state()).isEqualTo(JobState.COMPLETED);
  }

  @SuppressWarnings("NullAway") // a result that is null
  private static @Nullable List<Quote> nothing() {
    return null;
  }

  @Test
  void r14_aPositionComesBackWithItsTypeArguments() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.cursor(
                "walk",
                STAGES,
                List.of(),
                cursor -> {
                  cursor.advance(BOTH);
                  throw new IllegalStateException("own failure");
                }));

    jobs.nextAttempt(
        job.id(),
        (steps, context) ->
            steps.cursor(
                "walk", STAGES, List.of(), cursor -> jobs.notes.add("from " + cursor.get())));

    assertThat(jobs.notes).containsExactly("from " + BOTH);
  }

  /** It is sent without a declared type, so that its elements are what JSON itself can name. */
  @Test
  void r24_aSignalIsReadWithItsTypeArguments() {
    var names = new GenericType<List<String>>() {};
    Cairn client =
        jobs.start((steps, context) -> {
          jobs.notes.addAll(steps.awaitSignal("named", "named", names));
          jobs.notes.addAll(steps.awaitSignal("in time", "named", names, Duration.ZERO).get());
        });
    assertThat(client.signal("named", List.of("Ada", "Grace"))).isZero();

    clients.await(jobs.insert(client), JobState.COMPLETED);

    assertThat(jobs.notes).containsExactly("Ada", "Grace", "Ada", "Grace");
  }

  @Test
  void r14_arraysOfGenericTypesComeBackToo() {
    var type = new GenericType<List<Stage>[]>() {};
    @SuppressWarnings({"unchecked", "rawtypes"}) // Java has no arrays of generic types
    List<Stage>[] both = new List[] {BOTH, List.of()};
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.step("stages", type, () -> both);
          steps.step("later", jobs.failing("later"));
        });

    jobs.nextAttempt(
        job.id(),
        (steps, context) ->
            assertThat(steps.<List<Stage>[]>step("stages", type, never())).isEqualTo(both));

    assertThat(job.errors())
        .singleElement()
        .extracting("error")
        .asString()
        .contains("later failed");
  }

  @Test
  void r14_aResultThatNoLongerFitsNamesTheWholeType() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.step("quotes", new GenericType<List<String>>() {}, () -> List.of("cheap"));
          steps.step("later", jobs.failing("later"));
        });

    JobRow next =
        jobs.nextAttempt(job.id(), (steps, context) -> steps.step("quotes", QUOTES, never()));

    assertThat(next.errors().getLast().error())
        .contains("step 'quotes'", "java.util.List<", "Quote>", "[CAIRN-303]");
  }
}
