package dev.cairn.internal.work;

import static dev.cairn.internal.work.Workshop.LONG;
import static dev.cairn.internal.work.Workshop.PATIENCE;
import static dev.cairn.internal.work.Workshop.awaitTrue;
import static dev.cairn.internal.work.Workshop.claim;
import static dev.cairn.internal.work.Workshop.completed;
import static dev.cairn.internal.work.Workshop.job;
import static dev.cairn.internal.work.Workshop.settings;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.CairnException;
import dev.cairn.JobKind;
import dev.cairn.QueueOptions;
import dev.cairn.StandIn.Call;
import dev.cairn.TestLogs;
import dev.cairn.Workers;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventListener;
import dev.cairn.internal.claims.HeldClaim;
import dev.cairn.internal.claims.Lease;
import dev.cairn.internal.store.ClaimRange;
import dev.cairn.internal.store.ClaimScope;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.RejectedDataException;
import java.time.Duration;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FetcherTest {
  private static final String ONE_BY_ONE = "Jobs of queue default are claimed one by one";

  private final Workshop shop = new Workshop();
  private final Lease lease = new Lease(LONG);
  private final Semaphore worked = new Semaphore(0);

  @JobKind("kind")
  record Args() {}

  private final Executor executor =
      shop.executor(
          Workers.builder()
              .register(Args.class, (job, context) -> worked.acquireUninterruptibly())
              .build());

  /** The ids of the jobs that wait in the queue. */
  private final ConcurrentLinkedDeque<Long> waiting = new ConcurrentLinkedDeque<>();

  /** How often each job was claimed. */
  private final Map<Long, Integer> claims = new ConcurrentHashMap<>();

  private Fetcher fetcher = fetcher(3);

  private Fetcher fetcher(int maxWorkers) {
    return fetcher(maxWorkers, executor);
  }

  private Fetcher fetcher(int maxWorkers, Executor works) {
    return new Fetcher(
        "default",
        QueueOptions.of(maxWorkers).withPollInterval(Duration.ofMillis(5)),
        new Slots(maxWorkers),
        settings(LONG),
        shop.jobs.object(),
        new Fetcher.Claiming(shop.register, lease),
        shared(works));
  }

  private Fetcher.Shared shared(Executor works) {
    return new Fetcher.Shared(
        works,
        shop.completer,
        new SharedLook(shop.jobs.object(), Set.of(), () -> 1, System::nanoTime),
        new FetchReporter(shop.events, shop.dispatcher, shop.reporter));
  }

  @BeforeEach
  void open() {
    lease.renew(System.nanoTime());
    shop.jobs.on("claim", this::claimAny);
    shop.jobs.on(
        "finish",
        call ->
            call.list(1, FinishedAttempt.class).stream()
                .map(FinishedAttempt::claim)
                .collect(Collectors.toSet()));
    shop.jobs.on("due", call -> waiting.stream().limit(call.argument(2, Integer.class)).toList());
    shop.jobs.on("setApart", call -> waiting.remove(call.argument(0, Long.class)));
    shop.completer.start();
  }

  @AfterEach
  void close() {
    fetcher.stop();
    worked.release(100_000);
    awaitTrue(() -> fetcher.join(Duration.ZERO));
    awaitTrue(() -> !shop.register.hasRunning());
    shop.close();
  }

  /** All free slots of jobs were claimed and handed back, as fast as the database could. */
  @Test
  void restsForASecondIfThereIsNoThreadForAJob() {
    var looks = new CopyOnWriteArrayList<Long>();
    var noThreads =
        shop.executor(
            Workers.builder().register(Args.class, (job, context) -> {}).build(),
            task -> {
              throw new OutOfMemoryError("unable to create native thread");
            });
    shop.jobs.on(
        "claim",
        call -> {
          looks.add(System.nanoTime());
          waiting.add(looks.size() + 100L);
          return claimAny(call);
        });
    fetcher = fetcher(3, noThreads);
    fetcher.start();
    awaitTrue(() -> {
      fetcher.wake();
      return looks.size() >= 2;
    });

    assertThat(Duration.ofNanos(looks.get(1) - looks.get(0)))
        .isGreaterThanOrEqualTo(Duration.ofMillis(950));
  }

  private static boolean isOfOne(Call call) {
    return call.arguments().size() == 2;
  }

  private Object claimAny(Call call) {
    if (isOfOne(call)) {
      long id = call.argument(0, Long.class);
      return waiting.remove(id) ? Optional.of(claimed(id)) : Optional.empty();
    }
    int limit = call.argument(2, Integer.class);
    var jobs = new ArrayList<ClaimedJob>();
    while (jobs.size() < limit && !waiting.isEmpty()) {
      jobs.add(claimed(waiting.remove()));
    }
    return jobs;
  }

  private ClaimedJob claimed(long id) {
    claims.merge(id, 1, Integer::sum);
    return job(claim(id));
  }

  private void insert(long from, long to) {
    LongStream.rangeClosed(from, to).forEach(waiting::add);
  }

  private List<Integer> limits() {
    return shop.jobs.calls("claim").stream()
        .filter(call -> !isOfOne(call))
        .map(call -> call.argument(2, Integer.class))
        .toList();
  }

  private int running() {
    return (int) shop.register.all().stream().filter(held -> !held.hasEnded()).count();
  }

  @Test
  void claimsNoMoreThanTheFreeSlots() {
    insert(1, 10);
    fetcher.start();
    awaitTrue(() -> running() == 3);
    assertThat(limits()).containsExactly(3);

    worked.release();

    awaitTrue(() -> limits().size() == 2);
    assertThat(limits()).containsExactly(3, 1);
    assertThat(running()).isLessThanOrEqualTo(3);
  }

  @Test
  void worksEachJobOnce() {
    insert(1, 500);
    worked.release(500);
    fetcher.start();

    awaitTrue(() -> claims.size() == 500 && shop.register.isEmpty());

    assertThat(claims.values()).containsOnly(1);
  }

  @Test
  void claimsNothingPastTheLeaseOfItsClient() {
    var invalid = new Lease(LONG);
    fetcher =
        new Fetcher(
            "default",
            QueueOptions.of(3).withPollInterval(LONG),
            new Slots(3),
            settings(LONG),
            shop.jobs.object(),
            new Fetcher.Claiming(shop.register, invalid),
            shared(executor));
    insert(1, 2);
    fetcher.start();
    fetcher.wake();
    awaitTrue(() -> fetcher.thread().orElseThrow().getState() == Thread.State.TIMED_WAITING);
    assertThat(shop.jobs.calls("claim")).isEmpty();

    invalid.renew(System.nanoTime());
    fetcher.wake();

    awaitTrue(() -> running() == 2);
  }

  @Test
  void claimsNothingWhileTheDatabaseIsBehindWithOutcomes() throws InterruptedException {
    var begun = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    shop.jobs.on(
        "finish",
        call -> {
          begun.countDown();
          goOn.await();
          return call.list(1, FinishedAttempt.class).stream()
              .map(FinishedAttempt::claim)
              .collect(Collectors.toSet());
        });
    for (long id = 1_000; id < 21_000; id++) {
      HeldClaim held = shop.hold(id);
      held.end();
      shop.completer.complete(new Ending(held, completed(claim(id))));
      shop.register.ended(held);
    }
    begun.await();
    insert(1, 1);
    fetcher.start();
    fetcher.wake();
    awaitTrue(() -> fetcher.thread().orElseThrow().getState() == Thread.State.TIMED_WAITING);
    assertThat(shop.jobs.calls("claim")).isEmpty();

    goOn.countDown();
    awaitTrue(() -> shop.room.get() == 1);
    fetcher.roomAgain();

    awaitTrue(() -> claims.containsKey(1L));
  }

  @ParameterizedTest
  @EnumSource
  void goesOnAfterAClaimThatFailed(Failure failure) {
    var failed = new AtomicBoolean();
    shop.jobs.on(
        "claim",
        call -> {
          if (!failed.getAndSet(true)) {
            call.argument(0, ClaimScope.class).gate().run();
            failure.happen();
          }
          return claimAny(call);
        });
    insert(1, 2);
    fetcher.start();

    awaitTrue(() -> running() == 2);
    assertThat(shop.register.isSuspicious()).as("the claim may have happened").isTrue();
    assertThat(claims.values()).containsOnly(1);
  }

  @Test
  void asksForFewerUntilAClaimSucceeds() {
    fetcher = fetcher(100);
    shop.jobs.on(
        "claim",
        call -> {
          if (!isOfOne(call) && call.argument(2, Integer.class) > 30) {
            throw new OutOfMemoryError("on purpose");
          }
          return claimAny(call);
        });
    insert(1, 60);
    fetcher.start();

    awaitTrue(() -> running() == 60);
    assertThat(limits()).startsWith(100, 50, 25).allMatch(limit -> limit <= 100);
    assertThat(claims.values()).containsOnly(1);
  }

  private void failOn(long odd, Failure failure) {
    shop.jobs.on(
        "claim",
        call -> {
          boolean meetsIt =
              isOfOne(call) ? call.argument(0, Long.class) == odd : waiting.contains(odd);
          if (meetsIt) {
            failure.happen();
          }
          return claimAny(call);
        });
  }

  @Test
  void anOddJobIsSetApartAndTheQueueGoesOn() {
    TestLogs.forget();
    insert(1, 3);
    failOn(2, Failure.REFUSED);
    shop.events.add(EventListener.of(EventKind.JOB_DISCARDED, event -> {}));
    shop.jobList.on("findAll", call -> List.of());
    shop.dispatcher.start();
    fetcher.start();

    awaitTrue(() -> running() == 2);
    awaitTrue(() -> shop.jobs.calls("setApart").size() == 1);
    assertThat(shop.jobs.calls("setApart").getFirst().argument(0, Long.class)).isEqualTo(2);
    awaitTrue(() -> !TestLogs.warnings("Job 2 in queue default is set apart").isEmpty());
    awaitTrue(() -> !shop.jobList.calls("findAll").isEmpty());
    assertThat(shop.jobList.calls("findAll").getFirst().list(0, Long.class)).containsExactly(2L);
    shop.dispatcher.stop();
  }

  /** Although there are more of them than workers, and than are looked at in a turn. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void oddJobsInFrontOfAllOthersStopNoQueue(int workers) {
    fetcher = fetcher(workers);
    insert(1, 250);
    insert(251, 260);
    shop.jobs.on(
        "claim",
        call -> {
          boolean meetsOne =
              isOfOne(call)
                  ? call.argument(0, Long.class) <= 250
                  : !waiting.isEmpty() && waiting.getFirst() <= 250;
          if (meetsOne) {
            Failure.REFUSED.happen();
          }
          return claimAny(call);
        });
    fetcher.start();
    awaitTrue(() -> running() > 0);
    assertThat(running()).isLessThanOrEqualTo(workers);
    worked.release(100_000);

    awaitTrue(() -> claims.size() == 10);
    awaitTrue(waiting::isEmpty);

    assertThat(claims.keySet()).allMatch(id -> id > 250);
    assertThat(shop.jobs.calls("setApart")).hasSize(250);
  }

  /** The look ahead, which finds nothing, does not make the look back ask for more again. */
  @Test
  void anOddJobBehindTheMarksIsSetApartToo() {
    var late = new ConcurrentLinkedDeque<Long>();
    shop.jobs.on(
        "claim",
        call -> {
          if (isOfOne(call) || !call.argument(1, ClaimRange.class).isBack()) {
            long id = isOfOne(call) ? call.argument(0, Long.class) : 0;
            if (id == 500) {
              Failure.REFUSED.happen();
            }
            return late.remove(id) ? Optional.of(claimed(id)) : claimAny(call);
          }
          if (late.contains(500L)) {
            Failure.REFUSED.happen();
          }
          return late.isEmpty() ? List.of() : List.of(claimed(late.remove()));
        });
    shop.jobs.on(
        "due", call -> List.copyOf(call.argument(1, ClaimRange.class).isBack() ? late : waiting));
    shop.jobs.on("setApart", call -> late.remove(call.argument(0, Long.class)));
    fetcher = fetcher(10);
    insert(1, 1);
    fetcher.start();
    awaitTrue(() -> running() == 1);

    late.addAll(List.of(500L, 501L));

    awaitTrue(() -> running() == 2);
    awaitTrue(() -> shop.jobs.calls("setApart").size() == 1);
    assertThat(shop.jobs.calls("setApart").getFirst().argument(0, Long.class)).isEqualTo(500);
  }

  /** They may be claimed in a moment, so they are not set apart, but others are looked for. */
  @Test
  void jobsThatFailForAReasonThatMayPassDoNotHideTheOthers() {
    fetcher = fetcher(1);
    insert(1, 260);
    shop.jobs.on(
        "claim",
        call -> {
          if (!isOfOne(call) || call.argument(0, Long.class) <= 250) {
            throw new CairnException("raised by a trigger");
          }
          return claimAny(call);
        });
    TestLogs.forget();
    worked.release(100_000);
    fetcher.start();

    awaitTrue(() -> claims.size() == 10);

    awaitTrue(() -> TestLogs.warnings(ONE_BY_ONE).size() == 1);
    assertThat(shop.jobs.calls("setApart")).isEmpty();
  }

  /** For example, a trigger refuses every change of its row. */
  @Test
  void anOddJobThatCannotBeSetApartStopsNoOther() {
    fetcher = fetcher(1);
    insert(1, 20);
    failOn(1, Failure.REFUSED);
    shop.jobs.on(
        "setApart",
        call -> {
          throw new CairnException("refused by a trigger");
        });
    worked.release(100_000);
    TestLogs.forget();
    long begun = System.nanoTime();
    fetcher.start();

    awaitTrue(() -> claims.size() == 19);

    String told = "Job 1 in queue default can neither be claimed nor set apart";
    awaitTrue(() -> !TestLogs.warnings(told).isEmpty());
    int warnings = TestLogs.warnings(told).size();
    List<Call> tries = shop.jobs.calls("setApart");
    assertThat(tries).allMatch(call -> call.argument(0, Long.class) == 1);
    assertThat(tries.size())
        .as("once in ten seconds")
        .isLessThanOrEqualTo(1 + (int) ((System.nanoTime() - begun) / 10_000_000_000L));
    assertThat(warnings).isLessThanOrEqualTo(tries.size());
    assertThat(claims).doesNotContainKey(1L);
    awaitTrue(() -> fetcher.status().failingFor() != null);
    int before = shop.jobs.calls("due").size();
    awaitTrue(() -> shop.jobs.calls("due").size() > before + 1);
    assertThat(fetcher.status().failingFor()).as("it rests between its tries").isPositive();
  }

  /** Seen before: the log said that the database refuses every change of the row. */
  @Test
  void anOddJobThatIsJustBeingLockedIsNotSaidToBeRefused() {
    fetcher = fetcher(1);
    insert(1, 20);
    failOn(1, Failure.REFUSED);
    shop.jobs.on(
        "setApart",
        call -> {
          Failure.CONTENDED.happen();
          return false;
        });
    worked.release(100_000);
    TestLogs.forget();
    fetcher.start();

    awaitTrue(() -> claims.size() == 19 && !shop.jobs.calls("setApart").isEmpty());
    int before = shop.jobs.calls("due").size();
    awaitTrue(() -> shop.jobs.calls("due").size() > before);

    assertThat(TestLogs.warnings("can neither be claimed nor set apart")).isEmpty();
  }

  /** So that whoever asks for the health of the client is told. */
  @Test
  void aQueueOfWhichNoJobCanBeClaimedFails() {
    insert(1, 500);
    shop.jobs.on(
        "claim",
        call -> {
          throw new RejectedDataException("on purpose", new IllegalStateException());
        });
    fetcher.start();

    awaitTrue(() -> shop.jobs.calls("due").size() >= 3);
    assertThat(fetcher.status().failingFor()).isNotNull();
    assertThat(shop.jobs.calls("setApart")).isEmpty();
  }

  /**
   * A deadlock, a lock, a lack of memory or a statement that the server does not know any more, as
   * behind a pooler, says nothing about the job that it has met.
   */
  @ParameterizedTest
  @EnumSource(names = {"CONTENDED", "ERROR", "UNKNOWN", "RUNTIME"})
  void aFailureThatMayPassSetsNoJobApartAndTheOthersGoOn(Failure failure) {
    insert(1, 3);
    var goOn = new AtomicBoolean();
    shop.jobs.on(
        "claim",
        call -> {
          boolean meetsIt =
              isOfOne(call) ? call.argument(0, Long.class) == 1 : waiting.contains(1L);
          if (meetsIt && !goOn.get()) {
            failure.happen();
          }
          return claimAny(call);
        });
    fetcher.start();

    awaitTrue(() -> running() == 2);
    goOn.set(true);

    awaitTrue(() -> running() == 3);
    assertThat(shop.jobs.calls("setApart")).isEmpty();
  }

  @Test
  void whereAllClaimsFailNoJobIsToBlame() {
    insert(1, 3);
    shop.jobs.on(
        "claim",
        call -> {
          throw new CairnException("on purpose");
        });
    fetcher.start();

    awaitTrue(() -> shop.jobs.calls("claim").stream().filter(FetcherTest::isOfOne).count() >= 6);

    assertThat(shop.jobs.calls("setApart")).isEmpty();
  }

  /** An error between the answer and the threads, such as a lack of memory. */
  @Test
  void whatWasClaimedAndCannotBeHandedOnIsHandedBackAndItsSlotsAreFree() {
    var failed = new AtomicBoolean();
    shop.jobs.on(
        "claim",
        call -> {
          @SuppressWarnings("unchecked")
          var jobs = (List<ClaimedJob>) claimAny(call);
          return jobs.isEmpty() || failed.getAndSet(true) ? jobs : new OnceReadable(jobs);
        });
    insert(1, 3);
    fetcher.start();

    awaitTrue(() -> shop.jobs.calls("finish").size() > 0);
    awaitTrue(() -> running() == 0);
    awaitTrue(() -> !shop.register.hasRunning());
    insert(11, 13);
    fetcher.wake();

    awaitTrue(() -> running() == 3);
  }

  /** Cannot be read a second time. */
  private static final class OnceReadable extends AbstractList<ClaimedJob> {
    private final List<ClaimedJob> jobs;
    private int reads;

    OnceReadable(List<ClaimedJob> jobs) {
      this.jobs = jobs;
    }

    @Override
    public ClaimedJob get(int index) {
      if (++reads > jobs.size()) {
        throw new OutOfMemoryError("on purpose");
      }
      return jobs.get(index);
    }

    @Override
    public int size() {
      return jobs.size();
    }
  }

  @Test
  void mayBeStoppedBeforeTheStartAndTwice() {
    fetcher.stop();
    fetcher.stop();
    fetcher.start();

    assertThat(fetcher.join(PATIENCE)).isTrue();
    assertThat(shop.jobs.calls("claim")).isEmpty();
  }

  @Test
  void joiningIsBoundedWhileAClaimIsUnderWay() throws InterruptedException {
    var begun = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    shop.jobs.on(
        "claim",
        call -> {
          begun.countDown();
          goOn.await();
          return claimAny(call);
        });
    insert(1, 1);
    fetcher.start();
    begun.await();
    fetcher.stop();

    assertThat(fetcher.join(Duration.ofMillis(10))).isFalse();
    assertThat(shop.register.isEmpty()).as("jobs may be on their way").isFalse();
    goOn.countDown();

    assertThat(fetcher.join(PATIENCE)).isTrue();
    assertThat(running()).as("what was claimed is worked").isEqualTo(1);
  }
}
