package dev.cairn.dashboard.internal.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.dashboard.internal.answer.Code;
import dev.cairn.dashboard.internal.answer.Refusal;
import dev.cairn.dashboard.internal.view.HealthView;
import dev.cairn.doctor.Examination;
import dev.cairn.doctor.Finding;
import dev.cairn.doctor.Level;
import dev.cairn.migrate.MigrationLine;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When the checks are made, and for whom. */
@Timeout(60)
class HealthTest {
  private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");
  private static final Finding FINE = new Finding(Level.OK, "server", "PostgreSQL 18", null);

  private final AtomicInteger looks = new AtomicInteger();
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000);
  private volatile List<Finding> findings = List.of(FINE);
  private volatile CountDownLatch gate = new CountDownLatch(0);

  private final Health health = health(Duration.ofSeconds(30));

  private Health health(Duration wait) {
    return new Health(this::examine, () -> AT, nanos::get, wait);
  }

  private Examination examine() {
    looks.incrementAndGet();
    try {
      assertThat(gate.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
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

  @Test
  void manyWhoAskAtOnceShareOneExamination() throws Exception {
    gate = new CountDownLatch(1);
    var first = CompletableFuture.supplyAsync(() -> health.look(true));
    while (looks.get() == 0) {
      Thread.onSpinWait();
    }
    var second = CompletableFuture.supplyAsync(() -> health.look(true));
    gate.countDown();

    assertThat(second.get(30, TimeUnit.SECONDS)).isEqualTo(first.get(30, TimeUnit.SECONDS));
    assertThat(looks).hasValue(1);
  }

  @Test
  void nobodyWaitsForeverForTheExaminationOfSomebodyElse() throws Exception {
    Health impatient = health(Duration.ofMillis(1));
    gate = new CountDownLatch(1);
    var first = CompletableFuture.supplyAsync(() -> impatient.look(false));
    while (looks.get() == 0) {
      Thread.onSpinWait();
    }

    assertThatThrownBy(() -> impatient.look(false))
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo(Code.TOO_MANY));

    gate.countDown();
    assertThat(first.get(30, TimeUnit.SECONDS).level()).isEqualTo("ok");
  }

  @Test
  void thatTheDatabaseDidNotAnswerIsNotKept() {
    findings = List.of(new Finding(Level.PROBLEM, "connection", "no answer", "look there"));
    assertThat(health.look(false).level()).isEqualTo("problem");
    findings = List.of(FINE);

    assertThat(health.look(false).level()).isEqualTo("ok");
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
