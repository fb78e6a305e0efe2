package dev.cairn.internal.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.StandIn;
import dev.cairn.StoreUnavailableException;
import dev.cairn.internal.store.ClaimMark;
import dev.cairn.internal.store.ClaimRange;
import dev.cairn.internal.store.JobStore;
import dev.cairn.internal.store.QueueLook;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SharedLookTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final StandIn<JobStore> jobs = StandIn.of(JobStore.class);
  private final AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE - 1_000_000_000L);
  private int queues = 2;
  private SharedLook looks =
      new SharedLook(jobs.object(), Set.of("kind"), () -> queues, nanoTime::get);

  private static String queue(int number) {
    return "queue_" + number;
  }

  private boolean mayHaveDue(String queue, ClaimRange range) {
    return looks.untilDue(queue, range, SECOND).isZero();
  }

  /** What each of these queues hears when all of them ask at the same moment. */
  private List<Boolean> askAll(int queues) throws Exception {
    this.queues = queues;
    var begin = new CyclicBarrier(queues);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Boolean>> answers =
          IntStream.range(0, queues)
              .mapToObj(number ->
                  threads.submit(() -> {
                    begin.await();
                    return mayHaveDue(queue(number), ClaimRange.ALL);
                  }))
              .toList();
      var heard = new ArrayList<Boolean>();
      for (Future<Boolean> answer : answers) {
        heard.add(answer.get());
      }
      return heard;
    }
  }

  @Test
  void eachQueueHearsOfItsOwnJobsHoweverTheyAreGathered() throws Exception {
    // A queue that has lost its patience with the first one hears of no job.
    looks =
        new SharedLook(jobs.object(), Set.of("kind"), () -> queues, nanoTime::get, Workshop.LONG);
    jobs.on(
        "untilDue",
        call -> {
          List<QueueLook> asked = call.list(0, QueueLook.class);
          return IntStream.range(0, asked.size())
              .filter(place -> asked.get(place).queue().endsWith("3"))
              .boxed()
              .collect(Collectors.toMap(place -> place, place -> Duration.ZERO));
        });

    for (int round = 0; round < 20; round++) {
      assertThat(askAll(20))
          .isEqualTo(IntStream.range(0, 20).mapToObj(number -> number % 10 == 3).toList());
    }
    assertThat(jobs.calls("untilDue").size()).isLessThan(20 * 20 / 2);
  }

  @Test
  void theRangeAndTheKindsAreThoseOfWhoAsks() {
    var mark = new ClaimMark(1, Instant.EPOCH, 7);
    ClaimRange range = ClaimRange.from(List.of(mark));
    jobs.on("untilDue", call -> Map.of());

    assertThat(mayHaveDue("default", range)).isFalse();

    var call = jobs.calls("untilDue").getFirst();
    assertThat(call.list(0, QueueLook.class)).containsExactly(new QueueLook("default", range));
    assertThat(call.argument(1, Object.class)).isEqualTo(Set.of("kind"));
  }

  @Test
  void afterALookThatFailsEachQueueClaimsAsIfAlone() throws Exception {
    jobs.on(
        "untilDue",
        call -> {
          throw new StoreUnavailableException("away", null);
        });

    assertThat(askAll(5)).containsOnly(true);
  }

  @Test
  void aLookThatHangsHoldsUpNoQueueForLong() throws Exception {
    var released = new CountDownLatch(1);
    var hangs = new CountDownLatch(1);
    jobs.on(
        "untilDue",
        call -> {
          hangs.countDown();
          released.await();
          return Map.of();
        });
    var first = Thread.startVirtualThread(() -> mayHaveDue("first", ClaimRange.ALL));
    hangs.await();
    jobs.on("untilDue", call -> Map.of());

    assertThat(mayHaveDue("second", ClaimRange.ALL)).as("asks for itself").isFalse();

    released.countDown();
    first.join();
  }

  private void looksTake(long millis) {
    jobs.on(
        "untilDue",
        call -> {
          pass(millis);
          return Map.of();
        });
  }

  private void pass(long millis) {
    nanoTime.addAndGet(Duration.ofMillis(millis).toNanos());
  }

  private boolean looksForAll() {
    // Its own claim tells, where nobody looked for it.
    return !mayHaveDue("default", ClaimRange.ALL);
  }

  @Test
  void afterASlowLookEachQueueLooksByItselfForASecond() {
    looksTake(60);
    assertThat(looksForAll()).isTrue();

    assertThat(looksForAll()).as("at once").isFalse();
    pass(999);
    assertThat(looksForAll()).as("a second later").isFalse();
    pass(1);
    assertThat(looksForAll()).isTrue();
    assertThat(jobs.calls("untilDue")).hasSize(2);
  }

  @Test
  void eachSlowLookInARowDoublesTheWhileUpToHalfAMinute() {
    looksTake(60);
    for (long seconds : List.of(1, 2, 4, 8, 16, 32, 32)) {
      assertThat(looksForAll()).as("before %d s alone", seconds).isTrue();
      pass(seconds * 1_000 - 1);
      assertThat(looksForAll()).as("within %d s", seconds).isFalse();
      pass(1);
    }

    looksTake(50);
    assertThat(looksForAll()).isTrue();
    looksTake(51);
    assertThat(looksForAll()).as("after a fast one, which ends no sharing").isTrue();
    pass(1_000);
    assertThat(looksForAll()).as("a second after the first slow one in a row").isTrue();
  }

  @Test
  void aSingleQueueClaimsAtOnce() {
    queues = 1;

    assertThat(mayHaveDue("default", ClaimRange.ALL)).isTrue();
    assertThat(jobs.calls("untilDue")).isEmpty();
    assertThat(looks.untilNext(SECOND, System.nanoTime())).isEqualTo(SECOND);
  }

  @Test
  void aSingleQueueThatIsPolledSeldomHearsWhenItsNextJobIsDue() {
    queues = 1;
    jobs.on("untilDue", call -> Map.of(0, Duration.ofMillis(1_500)));

    assertThat(looks.untilDue("default", ClaimRange.ALL, Duration.ofSeconds(30)))
        .isEqualTo(Duration.ofMillis(1_500));
  }

  /** Its own claim does not tell when the next job is due. */
  @Test
  void aQueueThatIsPolledSeldomIsLookedForHoweverSlowThatIs() {
    looksTake(60);
    assertThat(looksForAll()).isTrue();
    assertThat(looksForAll()).isFalse();

    assertThat(looks.untilDue("default", ClaimRange.ALL, Duration.ofSeconds(30)))
        .isEqualTo(SharedLook.NOTHING_DUE);
    assertThat(looks.untilNext(Duration.ofMillis(10), nanoTime.get())).hasMillis(10);
  }

  @Test
  void allQueuesRestUntilTheSameMoment() {
    long now = nanoTime.get();
    Duration interval = Duration.ofSeconds(1);
    Duration rest = looks.untilNext(interval, now);
    Duration later = looks.untilNext(interval, now + Duration.ofMillis(300).toNanos());

    assertThat(List.of(rest, later)).allMatch(each -> each.isPositive());
    assertThat(rest.minus(later).toMillis()).isIn(300L, -700L);
    assertThat(looks.untilNext(ChronoUnit.FOREVER.getDuration(), now)).isPositive();
  }
}
