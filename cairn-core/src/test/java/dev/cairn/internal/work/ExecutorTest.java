package dev.cairn.internal.work;

import static dev.cairn.internal.work.Workshop.PATIENCE;
import static dev.cairn.internal.work.Workshop.awaitTrue;
import static dev.cairn.internal.work.Workshop.claim;
import static dev.cairn.internal.work.Workshop.job;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.QueueOptions;
import dev.cairn.ResumePolicy;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.Workers;
import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.claims.HeldClaim;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.Outcome;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ExecutorTest {
  private final Workshop shop = new Workshop();
  private final List<FinishedAttempt> written = new CopyOnWriteArrayList<>();
  private final AtomicInteger freed = new AtomicInteger();

  @JobKind("kind")
  record Args() {}

  @BeforeEach
  void open() {
    shop.jobs.on(
        "finish",
        call -> {
          List<FinishedAttempt> attempts = call.list(1, FinishedAttempt.class);
          written.addAll(attempts);
          return attempts.stream().map(FinishedAttempt::claim).collect(Collectors.toSet());
        });
    shop.completer.start();
  }

  @AfterEach
  void close() {
    shop.close();
  }

  private Executor executor(Worker<Args> worker) {
    return shop.executor(Workers.builder().register(Args.class, worker).build());
  }

  private HeldClaim execute(Executor executor, ClaimedJob claimed) {
    HeldClaim held = shop.hold(claimed.claim());
    execute(executor, held, claimed);
    return held;
  }

  private void execute(Executor executor, HeldClaim held, ClaimedJob claimed) {
    executor.execute(new Assignment(held, claimed, new Slot(freed::incrementAndGet)));
  }

  private Outcome outcome() {
    awaitTrue(() -> !written.isEmpty());
    assertThat(shop.completer.awaitIdle(Deadline.in(PATIENCE))).isTrue();
    assertThat(written).as("one outcome for each claim").hasSize(1);
    return written.getFirst().outcome();
  }

  private void assertNothingIsLeft() {
    awaitTrue(() -> freed.get() == 1);
    assertThat(shop.completer.awaitIdle(Deadline.in(PATIENCE))).isTrue();
    assertThat(shop.register.all()).isEmpty();
    assertThat(shop.register.hasRunning()).isFalse();
  }

  private static String error(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Retried retried -> retried.error().error();
      case Outcome.Discarded discarded -> discarded.error().error();
      default -> throw new AssertionError("no failure: " + outcome);
    };
  }

  @Test
  void whatReturnsIsCompletedAndItsSlotIsFree() {
    execute(executor((job, context) -> {}), job(claim(1)));

    assertThat(outcome()).isInstanceOf(Outcome.Completed.class);
    assertNothingIsLeft();
  }

  @Test
  void runsOnAVirtualThreadWithTheClassLoaderOfWhoBuiltTheClient() throws Exception {
    var threads = new CopyOnWriteArrayList<Thread>();
    var loaders = new CopyOnWriteArrayList<ClassLoader>();
    Thread current = Thread.currentThread();
    ClassLoader before = current.getContextClassLoader();
    try (var own = new URLClassLoader(new URL[0])) {
      current.setContextClassLoader(own);
      Executor executor =
          executor((job, context) -> {
            threads.add(Thread.currentThread());
            loaders.add(Thread.currentThread().getContextClassLoader());
          });
      current.setContextClassLoader(before);
      execute(executor, job(claim(1)));
      outcome();

      assertThat(loaders).containsExactly(own);
      assertThat(threads.getFirst().isVirtual()).isTrue();
    } finally {
      current.setContextClassLoader(before);
    }
  }

  @Test
  void aRowThatCannotBeReadFailsWithWhatIsOdd() {
    execute(
        executor((job, context) -> {}), ClaimedJob.odd(claim(1), "default", "its tags are odd"));

    assertThat(error(outcome())).contains("its tags are odd");
    assertNothingIsLeft();
  }

  @Test
  void anUnknownKindFailsAndSaysWhichThereAre() {
    ClaimedJob known = job(claim(1));
    var unknown =
        new ClaimedJob(
            known.claim(),
            "other",
            "{}",
            1,
            25,
            0,
            1,
            1,
            "default",
            List.of(),
            "{}",
            known.createdAt(),
            known.scheduledAt(),
            null);
    execute(executor((job, context) -> {}), unknown);

    assertThat(error(outcome())).contains("'other'").contains("[kind]");
    assertNothingIsLeft();
  }

  @Test
  void argumentsThatDoNotFitFail() {
    execute(executor((job, context) -> {}), job(claim(1), "[1, 2]", "{}"));

    assertThat(error(outcome())).contains("do not fit");
    assertNothingIsLeft();
  }

  /** Where a worker's own code may throw, besides in its work. */
  enum Place {
    WORK,
    RESUME_POLICY,
    TIMEOUT,
    NEXT_RETRY
  }

  private static void throwAt(Place place, Place here) {
    if (place == here) {
      throw new NoClassDefFoundError("on purpose");
    }
  }

  @ParameterizedTest
  @EnumSource
  void whereverAWorkersCodeThrowsAnErrorTheJobHasAnOutcome(Place place) {
    execute(
        executor(
            new Worker<>() {
              @Override
              public void work(Job<Args> job, WorkContext context) {
                throwAt(place, Place.WORK);
                if (place == Place.NEXT_RETRY) {
                  throw new IllegalStateException("on purpose");
                }
              }

              @Override
              public Optional<ResumePolicy> resumePolicy(Job<Args> job) {
                throwAt(place, Place.RESUME_POLICY);
                return Optional.empty();
              }

              @Override
              public Optional<Duration> timeout(Job<Args> job) {
                throwAt(place, Place.TIMEOUT);
                return Optional.empty();
              }

              @Override
              public Optional<Instant> nextRetry(Job<Args> job, Throwable failure) {
                throwAt(place, Place.NEXT_RETRY);
                return Optional.empty();
              }
            }),
        job(claim(1)));

    assertThat(outcome())
        .isInstanceOf(
            place == Place.RESUME_POLICY ? Outcome.Completed.class : Outcome.Retried.class);
    assertNothingIsLeft();
  }

  /** All free slots of jobs were claimed and handed back, as fast as the database could. */
  @Test
  void noJobsAreClaimedForAMomentIfThereIsNoThread() {
    Executor executor =
        shop.executor(
            Workers.builder().register(Args.class, (job, context) -> {}).build(),
            task -> {
              throw new OutOfMemoryError("unable to create native thread");
            });
    assertThat(executor.rest()).isZero();

    execute(executor, job(claim(1)));

    assertThat(outcome())
        .as("another client can work it at once")
        .isEqualTo(new Outcome.Interrupted(InterruptionReason.SHUTDOWN));
    assertThat(executor.rest()).isPositive().isLessThanOrEqualTo(Duration.ofSeconds(1));
    assertNothingIsLeft();
  }

  @Test
  void aClaimThatIsGivenUpWhileTheClientStopsIsHandedBackAtOnce() {
    Executor executor = executor((job, context) -> {});
    HeldClaim held = shop.hold(claim(1));
    shop.register.close();

    executor.abandon(held);

    assertThat(outcome()).isEqualTo(new Outcome.Interrupted(InterruptionReason.SHUTDOWN));
  }

  @Test
  void aClaimThatWasGivenUpGetsNoSecondOutcome() throws InterruptedException {
    var begun = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    Executor executor =
        executor((job, context) -> {
          begun.countDown();
          goOn.await();
        });
    HeldClaim held = execute(executor, job(claim(1)));
    begun.await();

    executor.abandon(held);
    executor.abandon(held);
    assertThat(outcome()).isEqualTo(new Outcome.Interrupted(InterruptionReason.LEASE_LOST));
    goOn.countDown();

    assertNothingIsLeft();
    assertThat(written).hasSize(1);
  }

  @Test
  void aJobThatWasLostWhileItRanGetsNoOutcome() throws InterruptedException {
    var begun = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    HeldClaim held =
        execute(
            executor((job, context) -> {
              begun.countDown();
              goOn.await();
            }),
            job(claim(1)));
    begun.await();

    held.lose();
    goOn.countDown();

    assertNothingIsLeft();
    assertThat(written).isEmpty();
  }

  @Test
  void twoClaimsOfOneJobHaveAnOutcomeEach() throws InterruptedException {
    var goOn = new CountDownLatch(1);
    var firstHasBegun = new CountDownLatch(1);
    var begun = new CountDownLatch(2);
    Executor executor =
        executor((job, context) -> {
          firstHasBegun.countDown();
          begun.countDown();
          goOn.await();
        });
    Claim first = claim(1);
    execute(executor, job(first));
    // A run that has lost its job before it begins does not begin.
    firstHasBegun.await();
    execute(executor, job(new Claim(1, first.attemptedAt().plusSeconds(1), first.clientId())));
    begun.await();
    goOn.countDown();

    awaitTrue(() -> freed.get() == 2);
    assertThat(shop.completer.awaitIdle(Deadline.in(PATIENCE))).isTrue();

    assertThat(written).as("the older one has lost its job").hasSize(1);
    assertThat(written.getFirst().claim()).isNotEqualTo(first);
  }

  @Test
  void whatIsClaimedAfterTheStopDoesNotBegin() {
    var worked = new AtomicInteger();
    Executor executor = executor((job, context) -> worked.incrementAndGet());
    ClaimedJob claimed = job(claim(1));
    HeldClaim held = shop.hold(claimed.claim());
    shop.register.close();

    execute(executor, held, claimed);

    assertThat(outcome()).isEqualTo(new Outcome.Interrupted(InterruptionReason.SHUTDOWN));
    assertThat(worked).hasValue(0);
    assertNothingIsLeft();
  }

  @Test
  void aPauseInterruptsOnlyQueuesThatWantIt() throws InterruptedException {
    var begun = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    Executor executor =
        executor((job, context) -> {
          begun.countDown();
          goOn.await();
        });
    HeldClaim held = execute(executor, job(claim(1)));
    begun.await();
    var attempt = (Attempt) held.run().orElseThrow();

    executor.addQueue("default", QueueOptions.of(1));
    executor.interruptPaused("default");
    assertThat(attempt.interruption()).isEmpty();
    executor.addQueue("default", QueueOptions.of(1).withInterruptionByPause());
    executor.interruptPaused("other");
    assertThat(attempt.interruption()).isEmpty();
    executor.interruptPaused("default");

    assertThat(attempt.interruption()).contains(InterruptionReason.PAUSED);
    goOn.countDown();
    assertNothingIsLeft();
  }
}
