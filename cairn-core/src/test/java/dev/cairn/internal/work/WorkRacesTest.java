package dev.cairn.internal.work;

import static dev.cairn.Races.require;
import static dev.cairn.internal.work.Workshop.PATIENCE;
import static dev.cairn.internal.work.Workshop.completed;

import dev.cairn.Races;
import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.claims.HeldClaim;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.FencedClaim.Follow;
import dev.cairn.internal.store.FinishedAttempt;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WorkRacesTest {
  /** A slot that two want to give back. */
  private static final class Places {
    private final Slots slots = new Slots(3);
    private final AtomicInteger released = new AtomicInteger();
    private final Slot slot =
        new Slot(() -> {
          released.incrementAndGet();
          slots.release();
        });

    Places() {
      slots.take(1);
    }

    void takeAndGiveBack() {
      int free = slots.free();
      slots.take(free);
      for (int i = 0; i < free; i++) {
        slots.release();
      }
    }
  }

  @Test
  void aSlotIsGivenBackOnceByWhoeverIsFirst() {
    Races.of(Places::new)
        .thread(places -> places.slot.release())
        .thread(places -> places.slot.release())
        .run(places -> require(places.released.get() == 1, "released twice"));
  }

  @Test
  void noSlotIsLostOrWonWhileTheFetcherTakes() {
    Races.of(Places::new)
        .thread(places -> places.slot.release())
        .thread(Places::takeAndGiveBack)
        .run(places -> require(places.slots.free() == 3, "free " + places.slots.free()));
  }

  /** Two writes of one attempt, each named when it is known to be durable. */
  private static final class Writes {
    private final DurableWrites durable = new DurableWrites();
    private volatile long markOfA;
    private volatile long markOfB;
    private volatile List<Follow> followedByB = List.of();

    void writeA() {
      markOfA = durable.mark();
      durable.add(Follow.checkpoint("a", 1), markOfA);
    }

    void writeB() {
      markOfB = durable.mark();
      followedByB = durable.follows();
      durable.add(Follow.checkpoint("b", 2), markOfB);
    }

    boolean names(String name) {
      return durable.follows().stream().anyMatch(follow -> follow.name().equals(name));
    }
  }

  @Test
  void whatIsWrittenNextFollowsAllThatIsDurableThroughWhatFollowedIt() {
    Races.of(Writes::new)
        .thread(Writes::writeA)
        .thread(Writes::writeB)
        .run(writes -> {
          boolean overlapped = writes.markOfA == 0 && writes.markOfB == 0;
          require(
              !overlapped || (writes.names("a") && writes.names("b")),
              "one of two writes that overlapped is not followed");
          require(writes.names("a") || writes.names("b"), "nothing is followed");
          require(
              writes.names("a") || !writes.followedByB.isEmpty(),
              "b has taken the place of a, which it has not followed");
        });
  }

  /** A worker in a statement, and somebody who wants to interrupt it. */
  private static final class Gated {
    private final InterruptGate gate = new InterruptGate(new Thread());
    private volatile boolean interruptedInside;
    private volatile boolean interruptedAfter;

    void work() {
      gate.add(Thread.currentThread());
      gate.enter();
      // One that was delivered before stays.
      boolean before = Thread.currentThread().isInterrupted();
      for (int i = 0; i < 2; i++) {
        gate.enter();
        interruptedInside |= !before && Thread.currentThread().isInterrupted();
        gate.exit();
      }
      interruptedInside |= !before && Thread.currentThread().isInterrupted();
      gate.exit();
      while (!gate.hasDelivered()) {
        Thread.onSpinWait();
      }
      // It may be on its way.
      gate.enter();
      interruptedInside |= Thread.currentThread().isInterrupted();
      gate.exit();
      // The thread is used again.
      interruptedAfter = Thread.interrupted();
    }
  }

  @Test
  void anInterruptWaitsForTheEndOfTheStatementAndIsNotLost() {
    Races.of(Gated::new)
        .thread(Gated::work)
        .thread(gated -> gated.gate.interrupt())
        .run(gated -> {
          require(!gated.interruptedInside, "it was interrupted in a statement");
          require(gated.interruptedAfter, "the interrupt was lost");
        });
  }

  /** Outcomes that come in while a statement is under way or fails, and somebody who waits. */
  @Test
  void whoWaitsForTheLastOutcomeIsWokenAndNoneIsWrittenTwice() throws InterruptedException {
    var written = new ConcurrentHashMap<Claim, Integer>();
    var shop = new Workshop();
    var statements = new AtomicInteger();
    shop.jobs.on(
        "finish",
        call -> {
          if (statements.incrementAndGet() % 10 == 0) {
            throw new ContendedException("on purpose", new IllegalStateException());
          }
          Set<Claim> claims =
              call.list(1, FinishedAttempt.class).stream()
                  .map(FinishedAttempt::claim)
                  .collect(Collectors.toSet());
          claims.forEach(claim -> written.merge(claim, 1, Integer::sum));
          return claims;
        });
    shop.completer.start();
    try {
      for (int round = 0; round < 20; round++) {
        List<Thread> threads = completeOnThreads(shop, round * 300L);
        for (Thread thread : threads) {
          thread.join();
        }
        require(shop.completer.awaitIdle(Deadline.in(PATIENCE)), "not idle");
        require(shop.register.isEmpty(), "a claim is left");
        require(written.size() == (round + 1) * 300, "an outcome is missing");
      }
      require(written.values().stream().allMatch(times -> times == 1), "one is written twice");
    } finally {
      shop.close();
    }
  }

  private static List<Thread> completeOnThreads(Workshop shop, long firstId) {
    return IntStream.range(0, 3)
        .mapToObj(part ->
            Thread.ofVirtual()
                .start(() -> {
                  for (long id = firstId + part; id < firstId + 300; id += 3) {
                    complete(shop, id);
                  }
                }))
        .toList();
  }

  private static void complete(Workshop shop, long id) {
    HeldClaim held = shop.hold(id);
    if (held.end()) {
      shop.completer.complete(new Ending(held, completed(held.claim())));
      shop.register.ended(held);
    }
  }
}
