package dev.cairn.internal.work;

import static dev.cairn.internal.work.Workshop.LONG;
import static dev.cairn.internal.work.Workshop.PATIENCE;
import static dev.cairn.internal.work.Workshop.awaitTrue;
import static dev.cairn.internal.work.Workshop.claim;
import static dev.cairn.internal.work.Workshop.settings;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.InterruptionReason;
import dev.cairn.QueueOptions;
import dev.cairn.StandIn;
import dev.cairn.StandIn.Call;
import dev.cairn.StoreUnavailableException;
import dev.cairn.Workers;
import dev.cairn.internal.claims.HeldClaim;
import dev.cairn.internal.claims.Lease;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimStatus;
import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.internal.store.FencedClaim;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.QueueStore;
import dev.cairn.jobs.QueueRow;
import dev.cairn.spi.ErrorHandler.Decision;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RunningJobsWatcherTest {
  private static final Duration TIMEOUT = Duration.ofMillis(80);

  private final Workshop shop = new Workshop();
  private final Lease lease = new Lease(LONG);
  private final Executor executor = shop.executor(Workers.builder().build());
  private final Deadlines deadlines =
      new Deadlines(
          new Attempts(shop.register),
          Workshop.validLease(),
          LONG,
          new StuckJobs(LONG, (job, failure) -> Decision.proceed()));
  private final StandIn<QueueStore> queues = StandIn.of(QueueStore.class);
  private RunningJobsWatcher watcher = watcher(TIMEOUT);

  /** How the database says the claims stand; those that are not here are held. */
  private final Map<Claim, Standing> standings = new ConcurrentHashMap<>();

  private final Map<Claim, InterruptionReason> requests = new ConcurrentHashMap<>();

  /** What runs in the client's name, as the database says. */
  private final Set<Claim> running = ConcurrentHashMap.newKeySet();

  private RunningJobsWatcher watcher(Duration heartbeatTimeout) {
    return new RunningJobsWatcher(
        settings(heartbeatTimeout),
        shop.jobs.object(),
        queues.object(),
        shop.register,
        lease,
        executor,
        deadlines);
  }

  @BeforeEach
  void open() {
    lease.renew(System.nanoTime());
    shop.jobs.on("inspect", this::inspect);
    shop.jobs.on("claimsOf", call -> Set.copyOf(running));
    shop.jobs.on(
        "handBack",
        call -> {
          List<Claim> claims = call.list(1, Claim.class);
          claims.forEach(running::remove);
          return Set.copyOf(claims);
        });
    shop.jobs.on(
        "finish",
        call ->
            call.list(1, FinishedAttempt.class).stream()
                .map(FinishedAttempt::claim)
                .collect(Collectors.toSet()));
    queues.on("list", call -> List.of());
  }

  @AfterEach
  void close() {
    watcher.stop();
    assertThat(watcher.join(PATIENCE)).isTrue();
    shop.close();
  }

  private List<ClaimStatus> inspect(Call call) {
    return call.list(1, FencedClaim.class).stream()
        .map(FencedClaim::claim)
        .map(claim ->
            new ClaimStatus(
                claim, standings.getOrDefault(claim, Standing.HELD), requests.get(claim)))
        .toList();
  }

  private Attempt attempt(long id) {
    HeldClaim held = shop.hold(id);
    running.add(held.claim());
    return shop.attempt(held);
  }

  private int turns() {
    return shop.jobs.calls("inspect").size();
  }

  private void awaitTurns(int more) {
    awaitTurnsAfter(more, () -> {});
  }

  private void awaitTurnsAfter(int more, Runnable action) {
    int before = turns();
    action.run();
    awaitTrue(() -> turns() >= before + more);
  }

  /** Perhaps this host was suspended, and the jobs were taken away. */
  @Test
  void aJumpOfTheClockIsFollowedByALook() {
    watcher = watcher(LONG);
    Attempt ignored = attempt(1);
    watcher.start();
    awaitTrue(() -> turns() >= 1);

    long now = System.nanoTime();
    lease.renew(now, Instant.EPOCH, Instant.EPOCH);
    Instant later = Instant.EPOCH.plus(LONG);
    awaitTurnsAfter(1, () -> lease.renew(now, later, later));
  }

  @ParameterizedTest
  @EnumSource(names = {"ENDED", "LOST"})
  void anAttemptWhoseJobWasTakenAwayIsToldSo(Standing standing) {
    Attempt taken = attempt(1);
    Attempt kept = attempt(2);
    standings.put(claim(1), standing);

    watcher.start();

    awaitTrue(taken.stopRequest()::isJobLost);
    assertThat(kept.interruption()).isEmpty();
  }

  @Test
  void anAttemptThatGoesOnFromWhatTheDatabaseHasLostIsInterruptedButKeepsItsJob() {
    Attempt rewound = attempt(1);
    standings.put(claim(1), Standing.REWOUND);

    watcher.start();

    awaitTrue(() -> rewound.interruption().isPresent());
    assertThat(rewound.interruption()).contains(InterruptionReason.LEASE_LOST);
    assertThat(rewound.stopRequest().isJobLost()).as("its outcome has to hand it back").isFalse();
  }

  @Test
  void anAttemptThatHasCompletedItsJobInATransactionIsLeftAlone() {
    Attempt completed = attempt(1);
    shop.jobs.on("completeTx", call -> Standing.HELD);
    completed.completeTx(StandIn.of(Connection.class).on("getAutoCommit", call -> false).object());
    standings.put(claim(1), Standing.COMPLETED);
    watcher.start();

    awaitTurns(2);

    assertThat(completed.interruption()).isEmpty();
  }

  @Test
  void anAttemptWhoseJobSomebodyElseHasCompletedIsTold() {
    Attempt attempt = attempt(1);
    standings.put(claim(1), Standing.COMPLETED);

    watcher.start();

    awaitTrue(attempt.stopRequest()::isJobLost);
  }

  @ParameterizedTest
  @EnumSource(names = {"CANCELLED", "REQUESTED", "PAUSED"})
  void whatSomebodyHasAskedForIsSeenWithoutANotification(InterruptionReason reason) {
    Attempt attempt = attempt(1);
    requests.put(claim(1), reason);

    watcher.start();

    awaitTrue(() -> attempt.interruption().isPresent());
    assertThat(attempt.interruption()).contains(reason);
  }

  @Test
  void aNotificationIsAHintOnlyTheRowIsObeyed() {
    watcher = watcher(LONG);
    Attempt attempt = attempt(1);
    awaitTurnsAfter(1, watcher::start);

    awaitTurnsAfter(1, () -> watcher.jobIsSaidToStop(1));
    assertThat(attempt.interruption()).isEmpty();
    requests.put(claim(1), InterruptionReason.CANCELLED);
    watcher.jobIsSaidToStop(1);

    awaitTrue(() -> attempt.interruption().isPresent());
  }

  @Test
  void aNotificationOfAnotherClientsJobCausesNoQuestion() {
    watcher = watcher(LONG);
    attempt(1);
    awaitTurnsAfter(1, watcher::start);
    // In the middle of a turn, a notification causes two more of them.
    awaitTrue(() -> watcher.thread().orElseThrow().getState() == Thread.State.TIMED_WAITING);
    int before = turns();

    watcher.jobIsSaidToStop(77);
    awaitTurnsAfter(1, () -> watcher.jobIsSaidToStop(1));

    assertThat(turns()).isEqualTo(before + 1);
  }

  @Test
  void aQueueThatIsSaidToBePausedIsLookedAt() {
    watcher = watcher(LONG);
    executor.addQueue("default", QueueOptions.of(1).withInterruptionByPause());
    var paused = new AtomicBoolean();
    queues.on(
        "list",
        call ->
            List.of(
                new QueueRow(
                    "default",
                    "{}",
                    paused.get() ? Instant.EPOCH : null,
                    Instant.EPOCH,
                    Instant.EPOCH,
                    null,
                    null)));
    Attempt attempt = attempt(1);
    awaitTurnsAfter(1, watcher::start);

    watcher.queueIsSaidToBePaused();
    awaitTrue(() -> queues.calls("list").size() >= 2);
    assertThat(attempt.interruption()).isEmpty();
    paused.set(true);
    watcher.queueIsSaidToBePaused();

    awaitTrue(() -> attempt.interruption().isPresent());
    assertThat(attempt.interruption()).contains(InterruptionReason.PAUSED);
  }

  /** Seen before: a notification was forgotten if the database did not answer just then. */
  @Test
  void aPausedQueueIsSeenWithoutANotificationAndAfterAnOutage() {
    executor.addQueue("default", QueueOptions.of(1).withInterruptionByPause());
    executor.addQueue("patient", QueueOptions.of(1));
    var failures = new AtomicInteger(2);
    queues.on(
        "list",
        call -> {
          if (failures.getAndDecrement() > 0) {
            throw new StoreUnavailableException("gone", null);
          }
          return List.of(
              new QueueRow(
                  "default", "{}", Instant.EPOCH, Instant.EPOCH, Instant.EPOCH, null, null));
        });
    watcher.start();
    Attempt attempt = attempt(1);

    awaitTrue(() -> attempt.interruption().isPresent());
    assertThat(attempt.interruption()).contains(InterruptionReason.PAUSED);
  }

  @Test
  void queuesAreNotReadForJobsThatAPauseDoesNotInterrupt() {
    executor.addQueue("default", QueueOptions.of(1));
    attempt(1);

    watcher.start();

    awaitTurns(3);
    assertThat(queues.calls("list")).isEmpty();
  }

  @Test
  void whatRunsInTheClientsNameAndIsWorkedByNobodyIsHandedBack() {
    attempt(1);
    running.add(claim(99));

    watcher.start();

    awaitTrue(() -> !shop.jobs.calls("handBack").isEmpty());
    assertThat(shop.jobs.calls("handBack").getFirst().list(1, Claim.class))
        .containsExactly(claim(99));
    awaitTurns(3);
    assertThat(shop.jobs.calls("handBack")).hasSize(1);
  }

  @Test
  void aClaimWhoseThreadHasDiedWithoutAnOutcomeIsHandedBack() throws InterruptedException {
    shop.completer.start();
    HeldClaim held = shop.hold(1);
    Thread dead = Thread.ofVirtual().start(() -> {});
    dead.join();
    held.workedBy(dead);

    watcher.start();

    awaitTrue(() -> shop.register.all().isEmpty());
    assertThat(shop.jobs.calls("finish")).hasSize(1);
  }

  @Test
  void onlyClaimsOfLongRunningJobsAreRenewed() {
    attempt(1);
    watcher.start();

    awaitTurns(2);

    assertThat(shop.jobs.calls("renew")).isEmpty();
  }

  @Test
  void aLookThatFailsIsTriedAgain() {
    var failed = new AtomicBoolean();
    shop.jobs.on(
        "inspect",
        call -> {
          if (!failed.getAndSet(true)) {
            throw new StoreUnavailableException("on purpose", null);
          }
          return inspect(call);
        });
    Attempt attempt = attempt(1);
    standings.put(claim(1), Standing.LOST);

    watcher.start();

    awaitTrue(attempt.stopRequest()::isJobLost);
  }

  @Test
  void mayBeStoppedBeforeTheStartAndTwice() {
    watcher.stop();
    watcher.stop();
    watcher.start();

    assertThat(watcher.join(PATIENCE)).isTrue();
    assertThat(watcher.thread()).isEmpty();
    assertThat(shop.jobs.calls("inspect")).isEmpty();
  }
}
