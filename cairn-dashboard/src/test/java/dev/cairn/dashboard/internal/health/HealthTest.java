package dev.cairn.dashboard.internal.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.cairn.dashboard.internal.answer.Code;
import dev.cairn.dashboard.internal.answer.Refusal;
import dev.cairn.dashboard.internal.view.HealthView;
import dev.cairn.doctor.Doctor;
import dev.cairn.doctor.Examination;
import dev.cairn.doctor.Finding;
import dev.cairn.doctor.Level;
import dev.cairn.migrate.MigrationLine;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.ds.PGSimpleDataSource;

/** When the checks are made, and for whom. */
@Timeout(60)
class HealthTest {
  private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final List<String> CHECKS = List.of("server", "queues", "kinds");
  private static final Finding FINE = new Finding(Level.OK, "server", "PostgreSQL 18", null);

  private final AtomicInteger looks = new AtomicInteger();
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000);
  private volatile List<Finding> findings = List.of(FINE);
  private volatile Duration takes = Duration.ZERO;
  private volatile CountDownLatch gate = new CountDownLatch(0);

  private final Health health =
      new Health(CHECKS, this::examine, () -> AT, nanos::get, Duration.ofSeconds(30));

  private Examination examine(Consumer<Finding> told) {
    looks.incrementAndGet();
    try {
      assertThat(gate.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    pass(takes);
    return new Examination(findings, Map.of(MigrationLine.MAIN, 7));
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void whatWasFoundIsKeptForAMinute() {
    assertThat(health.look(false).ageMs()).isZero();
    pass(Duration.ofSeconds(59));

    HealthView kept = health.look(false);

    assertThat(looks).hasValue(1);
    assertThat(kept.at()).isEqualTo(AT);
    assertThat(kept.ageMs()).isEqualTo(59_000);
    pass(Duration.ofSeconds(1));
    assertThat(health.look(false).ageMs()).isZero();
    assertThat(looks).hasValue(2);
  }

  @Test
  void whoeverWantsItAnewGetsItAndTheDatabaseARest() {
    health.look(false);
    pass(Duration.ofSeconds(4));
    health.look(true);
    assertThat(looks).hasValue(1);

    pass(Duration.ofSeconds(1));
    health.look(true);
    assertThat(looks).hasValue(2);
  }

  /** Otherwise a slow database would be examined all the time. */
  @Test
  void theRestIsAsLongAsTheExaminationWasExpensive() {
    takes = Duration.ofSeconds(6);
    health.look(true);
    pass(Duration.ofSeconds(23));
    assertThat(health.look(true).ageMs()).isEqualTo(29_000);
    assertThat(looks).hasValue(1);

    pass(Duration.ofSeconds(1));
    health.look(true);
    assertThat(looks).hasValue(2);
  }

  @Test
  void manyWhoAskAtOnceShareOneExaminationHoweverLongItTakes() throws Exception {
    gate = new CountDownLatch(1);
    takes = Duration.ofSeconds(14);
    try (var readers = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<HealthView> first = readers.submit(() -> health.look(true));
      Future<HealthView> second = readers.submit(() -> health.look(true));
      Future<HealthView> third = readers.submit(() -> health.look(false));
      awaitWaiters(health, 3);
      gate.countDown();

      assertThat(second.get(30, TimeUnit.SECONDS)).isEqualTo(first.get(30, TimeUnit.SECONDS));
      assertThat(third.get(30, TimeUnit.SECONDS)).isEqualTo(first.get());
    }
    assertThat(looks).hasValue(1);
  }

  /** Each of them holds a thread of the server. */
  @Test
  void onlySomeMayWait() throws Exception {
    gate = new CountDownLatch(1);
    try (var readers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<HealthView>> waiters = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        waiters.add(readers.submit(() -> health.look(true)));
      }
      awaitWaiters(health, 8);

      assertThatThrownBy(() -> health.look(true))
          .isInstanceOfSatisfying(
              Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo(Code.TOO_MANY));

      gate.countDown();
      for (Future<HealthView> each : waiters) {
        assertThat(each.get(30, TimeUnit.SECONDS).level()).isEqualTo("ok");
      }
    }
    assertThat(looks).hasValue(1);
  }

  private static void awaitWaiters(Health health, int number) {
    await("the waiters").atMost(PATIENCE).until(() -> health.waiters() >= number);
  }

  /** With pgjdbc's own settings, nothing else would ever end this. */
  @Test
  void aDatabaseThatNeverAnswersIsGivenUp() throws Exception {
    try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      var dataSource = new PGSimpleDataSource();
      dataSource.setUrl("jdbc:postgresql://localhost:%d/x".formatted(silent.getLocalPort()));
      var over = new CountDownLatch(1);
      Function<Consumer<Finding>, Examination> examination =
          told -> {
            looks.incrementAndGet();
            try {
              return Doctor.of(dataSource).examine(told);
            } finally {
              over.countDown();
            }
          };
      var impatient = new Health(CHECKS, examination, () -> AT, nanos::get, Duration.ofMillis(500));

      HealthView late = impatient.look(false);

      assertThat(late.findings())
          .singleElement()
          .satisfies(it -> {
            assertThat(it.check()).isEqualTo("connection");
            assertThat(it.level()).isEqualTo("problem");
            assertThat(it.what()).contains("given up", "Not checked: server, queues, kinds");
          });
      assertThat(late.againInMs()).isEqualTo(5_000);
      assertThat(impatient.look(true)).as("at once").isEqualTo(late);
      assertThat(looks).hasValue(1);
      assertThat(over.await(30, TimeUnit.SECONDS)).as("its thread is free again").isTrue();
      pass(Duration.ofSeconds(5));
      impatient.look(false);
      await("the next one to begin").atMost(PATIENCE).until(() -> looks.get() == 2);
    }
  }

  @Test
  void whatWasFoundBeforeItWasGivenUpIsKept() throws Exception {
    var stuck = new CountDownLatch(1);
    var late = new Finding(Level.WARNING, "kinds", "too late", "nothing");
    var impatient =
        new Health(
            CHECKS,
            told -> {
              told.accept(FINE);
              told.accept(new Finding(Level.NOTE, "queues", "a queue is paused", "resume it"));
              try {
                stuck.await();
              } catch (InterruptedException e) {
                told.accept(late);
              }
              return new Examination(List.of(late), Map.of());
            },
            () -> AT,
            nanos::get,
            Duration.ofSeconds(1));

    HealthView view = impatient.look(false);

    assertThat(view.findings())
        .extracting(HealthView.FindingView::check)
        .containsExactly("connection", "queues", "server");
    assertThat(view.findings().getFirst().what())
        .endsWith("there was no connection, or no answer. Not checked: kinds");
  }

  @Test
  void itSaysWhenOneMayLookAgain() {
    takes = Duration.ofSeconds(2);
    assertThat(health.look(false).againInMs()).isEqualTo(8_000);
    pass(Duration.ofMillis(7_999));
    assertThat(health.look(true).againInMs()).isEqualTo(1);
    assertThat(looks).hasValue(1);
    takes = Duration.ZERO;
    pass(Duration.ofMillis(1));
    assertThat(health.look(false).againInMs()).as("of the old one, which is kept").isZero();
    assertThat(health.look(true).againInMs()).isEqualTo(5_000);
    assertThat(looks).hasValue(2);
  }

  @Test
  void whatCannotBeEndedIsNotBegunWithoutEnd() throws Exception {
    var stuck = new CountDownLatch(1);
    var interruptions = new AtomicInteger();
    Function<Consumer<Finding>, Examination> examination =
        told -> {
          looks.incrementAndGet();
          boolean open = false;
          while (!open) {
            try {
              open = stuck.await(30, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
              interruptions.incrementAndGet();
            }
          }
          return new Examination(findings, Map.of());
        };
    var impatient = new Health(CHECKS, examination, () -> AT, nanos::get, Duration.ofMillis(1));
    for (int i = 0; i < 5; i++) {
      assertThat(impatient.look(true).level()).isEqualTo("problem");
      pass(Duration.ofHours(1));
    }

    // Given up so soon, they may only begin afterwards.
    await("the last look").atMost(PATIENCE).until(() -> looks.get() == 3);
    await("the last interrupt").atMost(PATIENCE).until(() -> interruptions.get() == 3);
    stuck.countDown();

    await("the checks to be made again")
        .atMost(PATIENCE)
        .until(() -> {
          pass(Duration.ofHours(1));
          return impatient.look(true).level().equals("ok") || looks.get() > 3;
        });
  }

  @Test
  void thatTheDatabaseDidNotAnswerIsKeptForTheRestOnly() {
    findings = List.of(new Finding(Level.PROBLEM, "connection", "no answer", "look there"));
    assertThat(health.look(false).level()).isEqualTo("problem");
    findings = List.of(FINE);
    assertThat(health.look(false).level()).isEqualTo("problem");
    pass(Duration.ofSeconds(5));

    assertThat(health.look(false).level()).isEqualTo("ok");
  }

  @Test
  void anExceptionIsNotShown() {
    var broken =
        new Health(
            CHECKS,
            told -> {
              throw new IllegalStateException("of role secret");
            },
            () -> AT,
            nanos::get,
            Duration.ofSeconds(30));
    assertThat(broken.look(false).findings())
        .singleElement()
        .satisfies(it -> assertThat(it.what() + it.todo()).doesNotContain("secret"));

    findings =
        List.of(
            new Finding(
                Level.PROBLEM, "leader", "the check failed", "look", new Exception("secret")));
    assertThat(health.look(false).toString()).doesNotContain("secret");
  }

  @Test
  void theWorstComesFirstAndLongTextsAreCut() {
    String name = "x".repeat(1 << 20);
    findings =
        List.of(
            FINE,
            new Finding(Level.NOTE, "queues", "queue " + name, "resume " + name),
            new Finding(Level.PROBLEM, "leader", "no client leads", "start one"),
            new Finding(Level.WARNING, "pools", "some have no pool", "give them one"));

    HealthView view = health.look(false);

    assertThat(view.level()).isEqualTo("problem");
    assertThat(view.findings())
        .extracting(HealthView.FindingView::level)
        .containsExactly("problem", "warning", "note", "ok");
    assertThat(view.findings().get(2).what()).hasSizeLessThan(2_010).endsWith("...");
    assertThat(view.findings().get(2).todo()).hasSizeLessThan(2_010);
    assertThat(view.findings().getLast().todo()).isNull();
    assertThat(view.versions())
        .containsExactly(
            new HealthView.SchemaVersionView("main", 7, MigrationLine.MAIN.newestVersion()));
  }
}
