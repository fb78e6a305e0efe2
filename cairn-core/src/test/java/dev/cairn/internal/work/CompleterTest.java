package dev.cairn.internal.work;

import static dev.cairn.internal.work.Workshop.PATIENCE;
import static dev.cairn.internal.work.Workshop.awaitTrue;
import static dev.cairn.internal.work.Workshop.claim;
import static dev.cairn.internal.work.Workshop.completed;
import static dev.cairn.internal.work.Workshop.finished;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.InterruptionReason;
import dev.cairn.ListenerTo;
import dev.cairn.StandIn.Call;
import dev.cairn.StoreUnavailableException;
import dev.cairn.TestLogs;
import dev.cairn.event.EventKind;
import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.claims.HeldClaim;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CompleterTest {
  private static final long POISONED = 3;

  private final Workshop shop = new Workshop();
  private final Completer completer = shop.completer;

  /** What the database has taken, in this order. */
  private final List<Claim> written = new ArrayList<>();

  /** The sizes of the statements, those that failed too. */
  private final List<Integer> sizes = new ArrayList<>();

  @BeforeEach
  void writeAll() {
    shop.jobs.on("finish", this::write);
    shop.jobs.on("inspect", call -> Workshop.all(call, Standing.LOST));
  }

  @AfterEach
  void close() {
    shop.close();
  }

  private static List<FinishedAttempt> sent(Call call) {
    return call.list(1, FinishedAttempt.class);
  }

  private static Set<Claim> claims(Call call) {
    return sent(call).stream().map(FinishedAttempt::claim).collect(Collectors.toSet());
  }

  private synchronized Set<Claim> write(Call call) {
    sizes.add(sent(call).size());
    sent(call).forEach(attempt -> written.add(attempt.claim()));
    return claims(call);
  }

  private synchronized List<Long> writtenIds() {
    return written.stream().map(Claim::jobId).toList();
  }

  /** Ends jobs 1 to {@code count}; nothing is written before the start. */
  private void complete(int count) {
    for (int id = 1; id <= count; id++) {
      complete(completed(claim(id)));
    }
  }

  private void complete(FinishedAttempt attempt) {
    complete(attempt, false);
  }

  private void complete(FinishedAttempt attempt, boolean byWorker) {
    HeldClaim held = shop.hold(attempt.claim());
    held.end();
    completer.complete(new Ending(held, attempt, byWorker ? () -> attempt : null));
    shop.register.ended(held);
  }

  @Test
  void g6_aJobThatItsWorkerHasCompletedIsNotCompletedAgain() {
    shop.jobs.on("finish", this::write);
    shop.jobs.on("inspect", call -> Workshop.all(call, Standing.COMPLETED));
    complete(completed(claim(1)), true);
    complete(completed(claim(2)));
    complete(completed(claim(3)), true);

    completer.start();
    awaitIdle();

    assertThat(writtenIds()).containsExactly(2L);
    assertThat(shop.jobs.calls("inspect")).hasSize(1);
  }

  @Test
  void g6_butIsIfTheWorkersTransactionWasRolledBack() {
    shop.jobs.on("finish", this::write);
    shop.jobs.on("inspect", call -> Workshop.all(call, Standing.HELD));
    complete(completed(claim(1)), true);

    completer.start();
    awaitIdle();

    assertThat(writtenIds()).containsExactly(1L);
  }

  private void awaitIdle() {
    assertThat(completer.awaitIdle(Deadline.in(PATIENCE))).as("all outcomes are written").isTrue();
    assertThat(shop.register.all()).as("claims that are not over").isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aBatchThatFailsOnceIsWrittenInTheEndEachOutcomeOnce(Failure failure) {
    var failed = new AtomicBoolean();
    shop.jobs.on(
        "finish",
        call -> {
          if (!failed.getAndSet(true)) {
            failure.happen();
          }
          return write(call);
        });
    complete(5);

    completer.start();
    awaitIdle();

    assertThat(writtenIds()).containsExactly(1L, 2L, 3L, 4L, 5L);
  }

  @Test
  void anUnreachableDatabaseKeepsTheOrderAndTheSizeOfTheBatch() {
    var failures = new AtomicInteger();
    shop.jobs.on(
        "finish",
        call -> {
          if (failures.incrementAndGet() < 3) {
            throw new StoreUnavailableException("on purpose", null);
          }
          return write(call);
        });
    complete(7);

    completer.start();
    awaitIdle();

    assertThat(sizes).as("one statement for all once it is back").containsExactly(7);
    assertThat(writtenIds()).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
  }

  /** Fails every statement that an outcome is in for which this is true. */
  private void failWith(Predicate<FinishedAttempt> poisoned, Failure failure) {
    shop.jobs.on(
        "finish",
        call -> {
          if (sent(call).stream().anyMatch(poisoned)) {
            failure.happen();
          }
          return write(call);
        });
  }

  @ParameterizedTest
  @EnumSource(names = "UNAVAILABLE", mode = EnumSource.Mode.EXCLUDE)
  void theOneOutcomeToBlameIsIsolatedAndTheOthersAreWritten(Failure failure) {
    failWith(attempt -> attempt.claim().jobId() == POISONED, failure);
    complete(20);

    completer.start();

    awaitTrue(() -> writtenIds().size() == 19);
    assertThat(writtenIds()).doesNotContain(POISONED).doesNotHaveDuplicates();
    assertThat(completer.awaitIdle(Deadline.in(Duration.ZERO))).isFalse();
  }

  @Test
  void whatTheDatabaseRefusesIsWrittenWithoutItsDetails() {
    failWith(attempt -> attempt.metadata() != null, Failure.REFUSED);
    complete(2);
    complete(finished(claim(POISONED), new Outcome.Completed(), "{\"odd\": 1}"));

    completer.start();
    awaitIdle();

    assertThat(writtenIds()).containsExactlyInAnyOrder(1L, 2L, POISONED);
    awaitTrue(() -> !TestLogs.warnings("Job 3: the database refuses the metadata").isEmpty());
  }

  /** That the database was away says nothing about what it refuses afterwards. */
  @Tag("thorough")
  @Test
  void anOutageCountsForNoTryOfAnOutcome() {
    var failures = new AtomicInteger();
    var metadata = new ArrayList<String>();
    shop.jobs.on(
        "finish",
        call -> {
          int failure = failures.getAndIncrement();
          if (failure < 6) {
            Failure.UNAVAILABLE.happen();
          } else if (failure == 6) {
            Failure.REFUSED.happen();
          }
          sent(call).forEach(attempt -> metadata.add(attempt.metadata()));
          return write(call);
        });
    complete(finished(claim(1), new Outcome.Completed(), "{\"output\": 1}"));

    completer.start();
    awaitIdle();

    assertThat(failures).hasValue(8);
    assertThat(metadata).containsExactly("{\"output\": 1}");
  }

  /** An error of the machine, not of the outcome: there was no memory for a moment. */
  @Test
  void anErrorThatPassesCostsASingleOutcomeNothing() {
    var failed = new AtomicBoolean();
    var metadata = new ArrayList<String>();
    shop.jobs.on(
        "finish",
        call -> {
          if (!failed.getAndSet(true)) {
            throw new OutOfMemoryError("on purpose");
          }
          sent(call).forEach(attempt -> metadata.add(attempt.metadata()));
          return write(call);
        });
    complete(finished(claim(1), new Outcome.Completed(), "{\"output\": 1}"));

    completer.start();
    awaitIdle();

    assertThat(metadata).containsExactly("{\"output\": 1}");
  }

  /** Ends one job after the other that nothing is wrong with, until all outcomes are written. */
  private void awaitIdleAmongOthers() {
    for (long id = 1_000; !completer.awaitIdle(Deadline.in(Duration.ofMillis(5))); id++) {
      assertThat(id).as("others that were written meanwhile").isLessThan(10_000);
      complete(completed(claim(id)));
    }
    assertThat(shop.register.all()).as("claims that are not over").isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"REFUSED", "ERROR"})
  void whatFailsInEveryFormWhileOthersAreWrittenIsSetApart(Failure failure) {
    failWith(attempt -> attempt.claim().jobId() == POISONED, failure);
    shop.jobs.on("setApart", call -> true);
    complete(completed(claim(POISONED)));

    completer.start();
    awaitIdleAmongOthers();

    assertThat(shop.jobs.calls("setApart"))
        .singleElement()
        .satisfies(call -> assertThat(call.argument(0, Claim.class)).isEqualTo(claim(POISONED)));
  }

  /** A trigger that divides by zero, until somebody mends it. */
  @Tag("thorough")
  @ParameterizedTest
  @EnumSource(names = {"REFUSED", "ERROR"})
  void aDatabaseThatFailsAllOfAFormForAWhileCostsNoJobAnything(Failure failure) {
    var metadata = new ArrayList<String>();
    var failures = new AtomicInteger();
    var mended = new AtomicBoolean();
    shop.jobs.on(
        "finish",
        call -> {
          boolean isDetailed = sent(call).stream().anyMatch(each -> each.metadata() != null);
          boolean isReduced =
              sent(call).stream().anyMatch(each -> each.claim().jobId() == POISONED);
          // Never just before the reduced form, which would be written then, and rightly.
          if (isDetailed && failures.get() >= 8) {
            mended.set(true);
          }
          if ((isDetailed || isReduced) && !mended.get()) {
            failures.incrementAndGet();
            failure.happen();
          }
          sent(call).forEach(each -> metadata.add(each.metadata()));
          return write(call);
        });
    complete(finished(claim(POISONED), new Outcome.Completed(), "{\"output\": 1}"));

    completer.start();
    awaitIdleAmongOthers();

    assertThat(metadata).contains("{\"output\": 1}");
    assertThat(shop.jobs.calls("setApart")).isEmpty();
  }

  /** Seen before: in an outage, the log said that the database refuses every change of the row. */
  @ParameterizedTest
  @EnumSource
  void anOutcomeThatCannotEvenBeSetApartIsNotLost(Failure failure) {
    TestLogs.forget();
    failWith(attempt -> attempt.claim().jobId() == POISONED, Failure.REFUSED);
    var failed = new AtomicBoolean();
    shop.jobs.on(
        "setApart",
        call -> {
          if (!failed.getAndSet(true)) {
            failure.happen();
          }
          return true;
        });
    complete(completed(claim(POISONED)));

    completer.start();
    awaitIdleAmongOthers();

    assertThat(shop.jobs.calls("setApart")).hasSize(2);
    boolean isRefusal = failure == Failure.REFUSED || failure == Failure.UNKNOWN;
    assertThat(TestLogs.warnings("refuses every change of its row")).hasSize(isRefusal ? 1 : 0);
  }

  /** An outcome that takes the database away each time that its job is to be set apart. */
  @Test
  void anOutageWhileAJobIsSetApartLetsTheOthersGoFirst() {
    failWith(attempt -> attempt.claim().jobId() == POISONED, Failure.REFUSED);
    shop.jobs.on(
        "setApart",
        call -> {
          throw new StoreUnavailableException("on purpose", null);
        });
    complete(completed(claim(POISONED)));
    completer.start();

    for (long id = 1_000; shop.jobs.calls("setApart").size() < 2; id++) {
      assertThat(id).as("others that were written meanwhile").isLessThan(20_000);
      long other = id;
      complete(completed(claim(other)));
      awaitTrue(() -> writtenIds().contains(other));
    }

    assertThat(writtenIds()).doesNotContain(POISONED);
  }

  @Test
  void aLockedRowIsPassedOverAndWrittenLater() {
    var locked = new AtomicBoolean(true);
    shop.jobs.on(
        "finish",
        call -> {
          Set<Claim> answer = write(call);
          if (locked.get()) {
            answer.remove(claim(2));
          }
          return answer;
        });
    shop.jobs.on("inspect", call -> Workshop.all(call, Standing.HELD));
    complete(3);

    completer.start();
    awaitTrue(() -> shop.jobs.calls("finish").size() >= 3);
    assertThat(shop.register.all()).extracting(HeldClaim::claim).containsExactly(claim(2));
    locked.set(false);

    awaitIdle();
    assertThat(sizes.getFirst()).isEqualTo(3);
    assertThat(sizes.subList(1, sizes.size())).as("only the locked one").containsOnly(1);
  }

  /** Records the events of outcomes that are told as written. */
  private List<Long> tolds() {
    var told = new ArrayList<Long>();
    shop.events.add(ListenerTo.kind(EventKind.JOB_COMPLETED, event -> {}));
    shop.jobList.on(
        "findAll",
        call -> {
          synchronized (told) {
            told.addAll(call.list(0, Long.class));
          }
          return List.of();
        });
    shop.dispatcher.start();
    return told;
  }

  @Test
  void whatWasWrittenByAStatementWhoseAnswerWasLostIsToldAsWritten() {
    TestLogs.forget();
    List<Long> told = tolds();
    var failed = new AtomicBoolean();
    shop.jobs.on(
        "finish",
        call -> {
          if (!failed.getAndSet(true)) {
            throw new StoreUnavailableException("the answer is lost", null);
          }
          sizes.add(sent(call).size());
          return Set.of();
        });
    shop.jobs.on("inspect", call -> Workshop.all(call, Standing.COMPLETED));
    complete(2);

    completer.start();
    awaitIdle();

    awaitTrue(() -> told.size() == 2);
    assertThat(TestLogs.warnings("Job 1 was taken from client")).isEmpty();
  }

  /** The statement never came to the database, and the job was rescued meanwhile. */
  @Test
  void aCompletionThatWasSentAndNotWrittenIsNotTold() {
    List<Long> told = tolds();
    var failed = new AtomicBoolean();
    shop.jobs.on(
        "finish",
        call -> {
          if (!failed.getAndSet(true)) {
            throw new StoreUnavailableException("refused", null);
          }
          Set<Claim> answer = write(call);
          answer.remove(claim(1));
          return answer;
        });
    shop.jobs.on("inspect", call -> Workshop.all(call, Standing.ENDED));
    complete(2);

    completer.start();
    awaitIdle();

    awaitTrue(() -> !told.isEmpty());
    assertThat(told).containsExactly(2L);
  }

  /** Whoever sends it is cut off each time: the server does not survive it. */
  @Test
  void anOutcomeThatTakesTheDatabaseAwayLetsTheOthersGoFirst() {
    failWith(attempt -> attempt.claim().jobId() == POISONED, Failure.UNAVAILABLE);
    complete(20);

    completer.start();

    awaitTrue(() -> writtenIds().size() == 19);
    assertThat(writtenIds()).doesNotContain(POISONED).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @EnumSource(names = {"ENDED", "LOST"})
  void whatSomebodyElseHasIsDroppedAndNotTold(Standing standing) {
    List<Long> told = tolds();
    shop.jobs.on(
        "finish",
        call -> {
          Set<Claim> answer = write(call);
          answer.remove(claim(8));
          return answer;
        });
    shop.jobs.on("inspect", call -> Workshop.all(call, standing));
    complete(completed(claim(8)));
    complete(completed(claim(9)));

    completer.start();
    awaitIdle();

    awaitTrue(() -> told.size() == 1);
    assertThat(told).containsExactly(9L);
    assertThat(TestLogs.warnings("Job 8 was taken from client")).isNotEmpty();
  }

  @Test
  void whatTheDatabaseHasLostTheBeginningOfIsHandedBack() {
    shop.jobs.on("finish", call -> Set.of());
    shop.jobs.on("inspect", call -> Workshop.all(call, Standing.REWOUND));
    complete(1);

    completer.start();
    awaitIdle();

    assertThat(shop.jobs.calls("finish").getLast().list(1, FinishedAttempt.class))
        .singleElement()
        .satisfies(attempt -> {
          assertThat(attempt.claim()).isEqualTo(claim(1));
          assertThat(attempt.form()).isEqualTo(FinishedAttempt.Form.HAND_BACK);
        });
    assertThat(shop.register.isSuspicious()).as("it may be locked").isTrue();
  }

  @Test
  void whatWasStagedAfterACompletionInTheWorkersTransactionIsAdded() {
    shop.jobs.on("finish", call -> Set.of());
    shop.jobs.on("inspect", call -> Workshop.all(call, Standing.COMPLETED));
    shop.jobs.on("addMetadata", call -> true);
    complete(finished(claim(1), new Outcome.Completed(), "{\"late\": 1}"));

    completer.start();
    awaitIdle();

    assertThat(shop.jobs.calls("addMetadata"))
        .singleElement()
        .satisfies(call -> assertThat(call.argument(1, String.class)).isEqualTo("{\"late\": 1}"));
  }

  /** Seen before: the statement waited for the lock, and all other outcomes waited for it. */
  @Test
  void metadataForALockedRowAreAddedLaterAndDelayNoOtherOutcome() {
    var locked = new AtomicBoolean(true);
    shop.jobs.on("finish", call -> Set.of());
    shop.jobs.on("inspect", call -> Workshop.all(call, Standing.COMPLETED));
    shop.jobs.on("addMetadata", call -> !locked.get());
    complete(finished(claim(1), new Outcome.Completed(), "{\"late\": 1}"));
    complete(completed(claim(2)));

    completer.start();
    awaitTrue(() -> shop.jobs.calls("addMetadata").size() > 1);
    assertThat(completer.hasUnwritten()).as("the claim is not over").isTrue();
    locked.set(false);
    awaitIdle();
  }

  @Test
  void aFailedLookAfterwardsLosesNothing() {
    var failed = new AtomicBoolean();
    shop.jobs.on("finish", call -> Set.of());
    shop.jobs.on(
        "inspect",
        call -> {
          if (!failed.getAndSet(true)) {
            throw new StoreUnavailableException("on purpose", null);
          }
          return Workshop.all(call, Standing.COMPLETED);
        });
    complete(3);

    completer.start();
    awaitIdle();

    assertThat(shop.jobs.calls("inspect")).hasSize(2);
  }

  @Test
  void aStatementHasNoMoreThanSoManyCharacters() {
    String megabyte = "\"" + "x".repeat(1 << 20) + "\"";
    IntStream.rangeClosed(1, 20)
        .forEach(id -> complete(finished(claim(id), new Outcome.Completed(), megabyte)));

    completer.start();
    awaitIdle();

    assertThat(sizes).hasSizeGreaterThan(2).allMatch(size -> size <= 8);
    assertThat(writtenIds()).hasSize(20).isSorted();
  }

  @Test
  void aSingleOutcomeIsSentHoweverLargeItIs() {
    complete(finished(claim(1), new Outcome.Completed(), "x".repeat(9 << 20)));
    complete(completed(claim(2)));

    completer.start();
    awaitIdle();

    assertThat(sizes).containsExactly(1, 1);
  }

  @Test
  void outcomesThatComeInDuringAWriteGoTogetherInTheNext() throws InterruptedException {
    var begun = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    shop.jobs.on(
        "finish",
        call -> {
          begun.countDown();
          goOn.await();
          return write(call);
        });
    complete(completed(claim(100)));
    completer.start();
    begun.await();

    complete(50);
    goOn.countDown();
    awaitIdle();

    assertThat(sizes).containsExactly(1, 50);
  }

  @Test
  void nobodyWaitsForOutcomesPastTheDeadline() {
    complete(1);

    assertThat(completer.awaitIdle(Deadline.in(Duration.ofMillis(20)))).isFalse();
    assertThat(completer.awaitIdle(Deadline.in(Duration.ZERO))).isFalse();
    completer.start();

    awaitIdle();
  }

  @Test
  void thereIsNoRoomBehindAFullBacklogAndTheFetchersHearOfItWhenThereIs() {
    complete(20_001);
    assertThat(completer.room()).isZero();
    assertThat(shop.room).hasValue(0);

    completer.start();
    awaitIdle();

    assertThat(shop.room).hasValue(1);
    assertThat(completer.room()).isEqualTo(20_000);
    assertThat(sizes).allMatch(size -> size <= 5_000);
  }

  @Test
  void aHandedBackClaimIsWrittenLikeAnyOther() {
    complete(FinishedAttempt.handedBack(claim(1)));

    completer.start();
    awaitIdle();

    assertThat(sent(shop.jobs.calls("finish").getFirst()).getFirst().outcome())
        .isEqualTo(new Outcome.Interrupted(InterruptionReason.SHUTDOWN));
  }

  @Test
  void mayBeStoppedBeforeTheStartAndTwice() {
    completer.stop();
    completer.stop();
    completer.start();

    assertThat(completer.join(PATIENCE)).isTrue();
    assertThat(completer.thread()).isEmpty();
  }

  @Test
  void joiningIsBoundedWhileTheDatabaseDoesNotAnswer() throws InterruptedException {
    var begun = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    shop.jobs.on(
        "finish",
        call -> {
          begun.countDown();
          goOn.await();
          return write(call);
        });
    complete(1);
    completer.start();
    begun.await();
    completer.stop();

    assertThat(completer.join(Duration.ofMillis(10))).isFalse();
    assertThat(completer.thread()).isPresent();
    goOn.countDown();
    assertThat(completer.join(PATIENCE)).isTrue();
  }
}
