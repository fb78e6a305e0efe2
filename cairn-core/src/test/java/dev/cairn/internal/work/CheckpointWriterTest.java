package dev.cairn.internal.work;

import static dev.cairn.internal.work.Workshop.LONG;
import static dev.cairn.internal.work.Workshop.PATIENCE;
import static dev.cairn.internal.work.Workshop.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cairn.CairnException;
import dev.cairn.InterruptionReason;
import dev.cairn.JobInterruption;
import dev.cairn.StandIn;
import dev.cairn.StandIn.Call;
import dev.cairn.StoreUnavailableException;
import dev.cairn.TestLogs;
import dev.cairn.internal.store.CheckpointStore.ClaimWrites;
import dev.cairn.internal.store.CheckpointStore.Written;
import dev.cairn.internal.store.CheckpointStore.WrittenTx;
import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.RejectedDataException;
import dev.cairn.spi.Checkpoint;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CheckpointWriterTest {
  private Workshop shop = new Workshop();

  /** Names that are durable, with the id of their job. */
  private final List<String> durable = new ArrayList<>();

  private final AtomicInteger statements = new AtomicInteger();

  @BeforeEach
  void writeAll() {
    shop.checkpoints.on("write", this::write);
    shop.jobs.on("inspect", call -> Workshop.all(call, Standing.HELD));
  }

  @AfterEach
  void close() {
    shop.close();
  }

  private static List<ClaimWrites> sent(Call call) {
    return call.list(1, ClaimWrites.class);
  }

  private synchronized Set<Written> write(Call call) {
    statements.incrementAndGet();
    var written = new HashSet<Written>();
    for (ClaimWrites writes : sent(call)) {
      writes
          .checkpoints()
          .forEach(write -> {
            String name = write.checkpoint().name();
            durable.add(writes.claim().claim().jobId() + " " + name);
            written.add(new Written(writes.claim().claim(), name));
          });
    }
    return written;
  }

  private synchronized List<String> durable() {
    return List.copyOf(durable);
  }

  private static boolean contains(Call call, long jobId) {
    return sent(call).stream().anyMatch(writes -> writes.claim().claim().jobId() == jobId);
  }

  private AttemptCheckpoints checkpoints(long jobId) {
    return shop.attempt(shop.hold(jobId)).checkpoints();
  }

  private static Checkpoint checkpoint(String name) {
    return new Checkpoint(name, null, true, null);
  }

  private static CompletableFuture<Void> flush(AttemptCheckpoints checkpoints) {
    var flushed = new CompletableFuture<Void>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            checkpoints.flush();
            flushed.complete(null);
          } catch (Throwable e) {
            flushed.completeExceptionally(e);
          }
        });
    return flushed;
  }

  private static void await(CompletableFuture<Void> flushed) {
    assertThat(flushed).succeedsWithin(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private static Throwable failure(CompletableFuture<Void> flushed) {
    awaitTrue(flushed::isDone);
    return flushed.exceptionNow();
  }

  @ParameterizedTest
  @EnumSource(names = "REFUSED", mode = EnumSource.Mode.EXCLUDE)
  void aBufferedCheckpointIsWrittenAfterAFailedFlushWithoutAnotherSave(Failure failure) {
    var failed = new AtomicBoolean();
    shop.checkpoints.on(
        "write",
        call -> {
          if (!failed.getAndSet(true)) {
            failure.happen();
          }
          return write(call);
        });
    AttemptCheckpoints checkpoints = checkpoints(1);
    checkpoints.save(checkpoint("a"));

    shop.writer.start();

    awaitTrue(checkpoints::isDurable);
    assertThat(durable()).containsExactly("1 a");
  }

  /** The statement went well and has passed over a locked row; the look after it fails. */
  @ParameterizedTest
  @EnumSource(names = "REFUSED", mode = EnumSource.Mode.EXCLUDE)
  void aBufferedCheckpointIsNotForgottenIfTheLookAfterwardsFails(Failure failure) {
    var locked = new AtomicBoolean(true);
    var failed = new AtomicBoolean();
    shop.checkpoints.on("write", call -> locked.get() ? Set.of() : write(call));
    shop.jobs.on(
        "inspect",
        call -> {
          if (!failed.getAndSet(true)) {
            locked.set(false);
            failure.happen();
          }
          return Workshop.all(call, Standing.HELD);
        });
    AttemptCheckpoints checkpoints = checkpoints(1);
    checkpoints.save(checkpoint("a"));

    shop.writer.start();

    awaitTrue(checkpoints::isDurable);
  }

  @ParameterizedTest
  @EnumSource(names = "REFUSED", mode = EnumSource.Mode.EXCLUDE)
  void whoWaitsForAFlushIsAnsweredAfterAFailure(Failure failure) {
    var failed = new AtomicBoolean();
    shop.checkpoints.on(
        "write",
        call -> {
          if (!failed.getAndSet(true)) {
            failure.happen();
          }
          return write(call);
        });
    AttemptCheckpoints checkpoints = checkpoints(1);
    checkpoints.save(checkpoint("a"));
    shop.writer.start();

    await(flush(checkpoints));

    assertThat(durable()).containsExactly("1 a");
  }

  @ParameterizedTest
  @EnumSource(
      names = {"REFUSED", "UNAVAILABLE"},
      mode = EnumSource.Mode.EXCLUDE)
  void onePoisonedAttemptDoesNotHoldUpTheOthers(Failure failure) {
    shop.checkpoints.on(
        "write",
        call -> {
          if (contains(call, 3)) {
            failure.happen();
          }
          return write(call);
        });
    var all = new ArrayList<AttemptCheckpoints>();
    for (long id = 1; id <= 8; id++) {
      all.add(checkpoints(id));
      all.getLast().save(checkpoint("a"));
    }

    shop.writer.start();

    awaitTrue(() -> all.stream().filter(AttemptCheckpoints::isDurable).count() == 7);
    assertThat(all.get(2).isDurable()).isFalse();
    assertThat(durable()).hasSize(7).doesNotContain("3 a");
  }

  /** As if a privilege were missing: it was tried fifty times a second, with a trace each time. */
  @ParameterizedTest
  @EnumSource(
      names = {"REFUSED", "UNAVAILABLE"},
      mode = EnumSource.Mode.EXCLUDE)
  void whatFailsIsTriedLessAndLessOftenAndHoldsUpNobodyElse(Failure failure) {
    TestLogs.forget();
    var tries = new CopyOnWriteArrayList<Long>();
    var passes = new AtomicBoolean();
    shop.checkpoints.on(
        "write",
        call -> {
          if (contains(call, 7_301) && !passes.get()) {
            tries.add(System.nanoTime());
            failure.happen();
          }
          return write(call);
        });
    AttemptCheckpoints failing = checkpoints(7_301);
    failing.save(checkpoint("a"));
    shop.writer.start();
    CompletableFuture<Void> waits = flush(failing);
    awaitTrue(() -> tries.size() >= 3);
    for (long id = 1; id <= 5; id++) {
      AttemptCheckpoints other = checkpoints(id);
      other.save(checkpoint("a"));
      await(flush(other));
    }
    awaitTrue(() -> tries.size() >= 6);

    assertThat(Duration.ofNanos(tries.get(5) - tries.get(0)))
        .as("20, 40, 80, 160 and 320 ms")
        .isGreaterThanOrEqualTo(Duration.ofMillis(600));
    assertThat(TestLogs.warnings("Could not write the checkpoints of job 7301")).hasSize(1);
    assertThat(waits).isNotDone();
    passes.set(true);
    await(waits);
    awaitTrue(shop.writer::isIdle);
  }

  /** All that wait fail for the same reason: the first turns find that out. */
  @Test
  void whatFailsForAllIsTriedLessAndLessOften() {
    TestLogs.forget();
    shop.checkpoints.on(
        "write",
        call -> {
          statements.incrementAndGet();
          throw new CairnException("permission denied");
        });
    long begin = System.nanoTime();
    for (long id = 1; id <= 200; id++) {
      AttemptCheckpoints each = checkpoints(id);
      each.save(checkpoint("a"));
      var ignored = flush(each);
    }
    shop.writer.start();
    awaitTrue(() -> System.nanoTime() - begin > Duration.ofSeconds(2).toNanos());

    assertThat(statements).as("forty a turn, and eight turns or so").hasValueLessThan(1_200);
    assertThat(TestLogs.warnings("Could not write the checkpoints of")).hasSize(10);
  }

  /** The first failing ones used up the failures of each turn, so that others were never tried. */
  @Test
  void manyThatFailHoldUpNoneOfThoseThatWereInTheirBatch() {
    shop.checkpoints.on(
        "write",
        call -> {
          boolean isBad =
              call.list(1, ClaimWrites.class).stream()
                  .anyMatch(writes -> writes.claim().claim().jobId() % 2 == 0);
          if (isBad) {
            throw new CairnException("permission denied");
          }
          return write(call);
        });
    var healthy = new ArrayList<CompletableFuture<Void>>();
    for (long id = 1; id <= 200; id++) {
      AttemptCheckpoints each = checkpoints(id);
      each.save(checkpoint("a"));
      CompletableFuture<Void> flushed = flush(each);
      if (id % 2 == 1) {
        healthy.add(flushed);
      }
    }
    shop.writer.start();

    healthy.forEach(CheckpointWriterTest::await);
    assertThat(durable()).hasSize(100);
  }

  /**
   * As if another session held a row, and the statement ended by its timeout: the pause was over
   * before the turn was, so each turn contained it, and each statement of the others as well.
   */
  @Test
  void whatFailsSlowlyRestsAfterItsTurnAndIsWrittenApartFromTheOthers() {
    var pauses = new CopyOnWriteArrayList<Duration>();
    var failed = new AtomicReference<Long>();
    var together = new AtomicInteger();
    shop.checkpoints.on(
        "write",
        call -> {
          if (!contains(call, 107_302)) {
            return write(call);
          }
          Long before = failed.get();
          if (before != null) {
            pauses.add(Duration.ofNanos(System.nanoTime() - before));
          }
          together.addAndGet(sent(call).size() - 1);
          assertThat(new CountDownLatch(1).await(100, TimeUnit.MILLISECONDS)).isFalse();
          failed.set(System.nanoTime());
          throw new ContendedException("statement timeout", new SQLException());
        });
    AttemptCheckpoints failing = checkpoints(107_302);
    failing.save(checkpoint("a"));
    shop.writer.start();
    CompletableFuture<Void> waits = flush(failing);
    awaitTrue(() -> failed.get() != null);

    for (long id = 1; pauses.size() < 5; id++) {
      assertThat(id).isLessThan(100_000);
      AttemptCheckpoints other = checkpoints(id);
      other.save(checkpoint("a"));
      await(flush(other));
    }

    for (int each = 0; each < 5; each++) {
      assertThat(pauses.get(each)).isGreaterThanOrEqualTo(Duration.ofMillis(20L << each));
    }
    assertThat(together).hasValue(0);
    assertThat(waits).isNotDone();
  }

  @Test
  void whoWaitsIsAnsweredBeforeWhatHasFailedIsTriedAgain() {
    var tries = new AtomicInteger();
    var goOn = new CountDownLatch(1);
    var begun = new CountDownLatch(1);
    var written = new AtomicBoolean();
    var answered = new CountDownLatch(1);
    var late = new AtomicBoolean();
    shop.checkpoints.on(
        "write",
        call -> {
          if (contains(call, 7_303)) {
            tries.incrementAndGet();
            if (!written.get()) {
              throw new ContendedException("statement timeout", new SQLException());
            }
            late.set(late.get() || !answered.await(5, TimeUnit.SECONDS));
          } else if (contains(call, 1)) {
            begun.countDown();
            goOn.await();
          } else {
            written.set(true);
          }
          return write(call);
        });
    AttemptCheckpoints failing = checkpoints(7_303);
    failing.save(checkpoint("a"));
    shop.writer.start();
    CompletableFuture<Void> fails = flush(failing);
    awaitTrue(() -> tries.get() > 0);
    AttemptCheckpoints first = checkpoints(1);
    first.save(checkpoint("a"));
    CompletableFuture<Void> holds = flush(first);
    awaitTrue(() -> begun.getCount() == 0);
    AttemptCheckpoints second = checkpoints(2);
    second.save(checkpoint("a"));
    Thread other =
        Thread.ofPlatform()
            .start(() -> {
              second.flush();
              answered.countDown();
            });
    awaitTrue(() -> other.getState() == Thread.State.WAITING);
    long begin = System.nanoTime();
    awaitTrue(() -> System.nanoTime() - begin > Duration.ofMillis(100).toNanos());
    goOn.countDown();

    await(holds);
    await(fails);
    assertThat(late).isFalse();
  }

  @Test
  void whatTheDatabaseRefusesIsToldToThoseWhoWaitAndToTheNextSave() {
    shop.checkpoints.on(
        "write",
        call -> {
          if (contains(call, 3)) {
            throw new RejectedDataException("the value is odd", new IllegalStateException());
          }
          return write(call);
        });
    AttemptCheckpoints odd = checkpoints(3);
    AttemptCheckpoints good = checkpoints(4);
    odd.save(checkpoint("a"));
    good.save(checkpoint("a"));
    shop.writer.start();

    assertThat(failure(flush(odd))).hasMessageContaining("the value is odd");
    assertThat(failure(flush(odd))).as("once more").hasMessageContaining("the value is odd");
    await(flush(good));

    assertThatExceptionOfType(CairnException.class)
        .isThrownBy(() -> odd.save(checkpoint("b")))
        .withMessageContaining("the value is odd");
  }

  @Test
  void aLockedRowIsTriedAgainUntilItIsFree() {
    var tries = new AtomicInteger();
    shop.checkpoints.on("write", call -> tries.incrementAndGet() < 4 ? Set.of() : write(call));
    AttemptCheckpoints checkpoints = checkpoints(1);
    checkpoints.save(checkpoint("a"));
    shop.writer.start();

    await(flush(checkpoints));

    assertThat(tries).hasValue(4);
  }

  /** Somebody else may hold it for as long as he likes: that is no failure of the job. */
  @Test
  void whoWaitsForARowThatSomebodyElseHoldsFailsOnlyIfTheAttemptMayHoldItItself() {
    shop.close();
    shop = new Workshop(Duration.ofMillis(1), Duration.ZERO);
    var isFree = new AtomicBoolean();
    var tries = new AtomicInteger();
    shop.checkpoints.on(
        "write",
        call -> {
          tries.incrementAndGet();
          return isFree.get() || !isSent(call, "a", "b") ? write(call) : Set.of();
        });
    shop.checkpoints.on("writeTx", call -> new WrittenTx(Standing.HELD, 1));
    shop.jobs.on("inspect", call -> Workshop.all(call, Standing.HELD));
    AttemptCheckpoints patient = checkpoints(1);
    AttemptCheckpoints itself = checkpoints(2);
    itself.saveTx(StandIn.of(Connection.class).object(), checkpoint("b"));
    shop.writer.start();
    itself.save(checkpoint("another branch"));
    await(flush(itself));
    // Not before: what is written with it in one statement is not written either.
    patient.save(checkpoint("a"));
    itself.save(checkpoint("b"));

    CompletableFuture<Void> waits = flush(patient);
    assertThat(failure(flush(itself)))
        .isInstanceOf(CairnException.class)
        .hasMessageContaining("by a transaction in which the worker saved a checkpoint");
    int before = tries.get();
    awaitTrue(() -> tries.get() > before + 3);
    assertThat(waits).isNotDone();
    isFree.set(true);

    await(waits);
    await(flush(itself));
  }

  /** Only since when the row is locked counts, not since when somebody waits. */
  @Test
  void anOutageIsNotTakenForATransactionThatHoldsTheRow() {
    shop.close();
    shop = new Workshop(Duration.ofMillis(1), Duration.ofSeconds(2));
    var looks = new AtomicInteger();
    long outageEnds = System.nanoTime() + Duration.ofMillis(2_100).toNanos();
    shop.checkpoints.on(
        "write",
        call -> {
          if (System.nanoTime() - outageEnds < 0) {
            throw new StoreUnavailableException("the database is away", null);
          }
          return looks.getAndIncrement() == 0 ? Set.of() : write(call);
        });
    shop.checkpoints.on("writeTx", call -> new WrittenTx(Standing.HELD, 1));
    AttemptCheckpoints checkpoints = checkpoints(1);
    checkpoints.saveTx(StandIn.of(Connection.class).object(), checkpoint("b"));
    checkpoints.save(checkpoint("a"));
    shop.writer.start();

    await(flush(checkpoints));

    assertThat(looks.get()).isEqualTo(2);
  }

  private static boolean isSent(Call call, String... names) {
    return sent(call).stream()
        .flatMap(writes -> writes.checkpoints().stream())
        .anyMatch(write -> List.of(names).contains(write.checkpoint().name()));
  }

  @ParameterizedTest
  @EnumSource(names = {"ENDED", "LOST", "REWOUND"})
  void whoWaitsUnderAClaimThatDoesNotHoldIsInterrupted(Standing standing) {
    shop.checkpoints.on("write", call -> Set.of());
    shop.jobs.on("inspect", call -> Workshop.all(call, standing));
    AttemptCheckpoints checkpoints = checkpoints(1);
    checkpoints.save(checkpoint("a"));
    shop.writer.start();

    assertThat(failure(flush(checkpoints))).isInstanceOf(JobInterruption.class);

    assertThat(checkpoints.attempt().stopRequest().isJobLost())
        .isEqualTo(standing != Standing.REWOUND);
    assertThat(checkpoints.isDurable()).as("nothing is left to write").isTrue();
  }

  /** Otherwise the writer would look for its checkpoints for as long as the client lives. */
  @Test
  void nobodyLooksForTheCheckpointsOfAnAttemptThatWasInterruptedWhileItWaited() {
    shop.checkpoints.on(
        "write",
        call -> {
          throw new StoreUnavailableException("the database is away", null);
        });
    AttemptCheckpoints checkpoints = checkpoints(1);
    checkpoints.save(checkpoint("a"));
    var waiting = new AtomicReference<Thread>();
    var end = new CompletableFuture<Throwable>();
    waiting.set(
        Thread.ofPlatform()
            .start(() -> {
              try {
                checkpoints.flush();
              } catch (Throwable e) {
                end.complete(e);
              }
            }));
    shop.writer.start();
    awaitTrue(() -> waiting.get().getState() == Thread.State.WAITING);

    checkpoints.attempt().interrupt(InterruptionReason.LEASE_LOST);
    waiting.get().interrupt();

    assertThat(end)
        .succeedsWithin(PATIENCE)
        .satisfies(it -> assertThat(it).isInstanceOf(JobInterruption.class));
    assertThat(checkpoints.close(PATIENCE)).hasSize(1);
    shop.checkpoints.on("write", this::write);
    awaitTrue(shop.writer::isIdle);
  }

  @Test
  void theCheckpointsOfManyAttemptsGoInOneStatement() {
    shop.close();
    shop = new Workshop(LONG);
    writeAll();
    var all = new ArrayList<AttemptCheckpoints>();
    for (long id = 1; id <= 50; id++) {
      all.add(checkpoints(id));
      all.getLast().save(checkpoint("a"));
      all.getLast().save(checkpoint("b"));
    }
    List<CompletableFuture<Void>> flushed = all.stream().map(CheckpointWriterTest::flush).toList();
    awaitTrue(() -> all.stream().noneMatch(AttemptCheckpoints::isDurable));

    shop.writer.start();
    flushed.forEach(CheckpointWriterTest::await);

    assertThat(durable()).hasSize(100).doesNotHaveDuplicates();
    assertThat(statements).hasValueLessThan(50);
  }

  @Test
  void aBufferedCheckpointWaitsForTheFlushIntervalButGoesWithNobodyElses() {
    shop.close();
    shop = new Workshop(LONG);
    writeAll();
    AttemptCheckpoints buffered = checkpoints(1);
    AttemptCheckpoints awaited = checkpoints(2);
    buffered.save(checkpoint("a"));
    awaited.save(checkpoint("a"));
    shop.writer.start();

    await(flush(awaited));

    assertThat(durable()).containsExactly("2 a");
    assertThat(buffered.isDurable()).isFalse();
  }

  @Test
  void whoWaitsIsAnsweredWhenTheClientStopsAndNobodyBeginsToWaitAfterThat() {
    AttemptCheckpoints checkpoints = checkpoints(1);
    checkpoints.save(checkpoint("a"));
    CompletableFuture<Void> flushed = flush(checkpoints);

    awaitTrue(() -> {
      shop.writer.stop();
      return flushed.isDone();
    });

    assertThat(failure(flushed)).hasMessageContaining("stopped");
    assertThat(failure(flush(checkpoints))).hasMessageContaining("stopped");
  }

  @Test
  void mayBeStoppedBeforeTheStartAndTwice() {
    shop.writer.stop();
    shop.writer.stop();
    shop.writer.start();

    assertThat(shop.writer.join(PATIENCE)).isTrue();
    assertThat(shop.writer.thread()).isEmpty();
  }

  @Test
  void joiningIsBoundedWhileTheDatabaseDoesNotAnswer() throws InterruptedException {
    var begun = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    shop.checkpoints.on(
        "write",
        call -> {
          begun.countDown();
          goOn.await();
          return write(call);
        });
    checkpoints(1).save(checkpoint("a"));
    shop.writer.start();
    begun.await();
    shop.writer.stop();

    assertThat(shop.writer.join(Duration.ofMillis(10))).isFalse();
    goOn.countDown();
    assertThat(shop.writer.join(PATIENCE)).isTrue();
  }
}
