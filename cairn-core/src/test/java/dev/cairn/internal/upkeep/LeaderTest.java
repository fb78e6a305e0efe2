package dev.cairn.internal.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.StandIn;
import dev.cairn.StoreUnavailableException;
import dev.cairn.TestLogs;
import dev.cairn.internal.claims.Lease;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.LeaderStore;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class LeaderTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Lease lease = new Lease(Duration.ofDays(1));
  private final AtomicInteger terms = new AtomicInteger();
  private final StandIn<LeaderStore> store =
      StandIn.of(LeaderStore.class)
          .on("elect", call -> Optional.of(Instant.ofEpochSecond(terms.incrementAndGet())))
          .on("reelect", call -> true)
          .on("resign", call -> null);

  /** One for each term. */
  private final List<TestService> services = new CopyOnWriteArrayList<>();

  private final CountDownLatch goOn = new CountDownLatch(1);
  private volatile boolean servicesHang;

  private final Leader leader =
      new Leader(
          "client",
          store.object(),
          lease,
          term -> {
            services.add(new TestService(term::isValid));
            return List.of(services.getLast());
          });

  private final class TestService implements LeaderService {
    private final BooleanSupplier leads;
    private final AtomicInteger turns = new AtomicInteger();

    TestService(BooleanSupplier leads) {
      this.leads = leads;
    }

    @Override
    public String name() {
      return "test";
    }

    @Override
    public Duration turn() {
      turns.incrementAndGet();
      if (servicesHang) {
        hang();
      }
      return Duration.ofMillis(1);
    }
  }

  private void hang() {
    try {
      goOn.await();
    } catch (InterruptedException e) {
      throw new AssertionError("a thread that may be inside of JDBC was interrupted", e);
    }
  }

  @BeforeEach
  void renew() {
    lease.renew(System.nanoTime());
  }

  @AfterEach
  void stop() {
    goOn.countDown();
    leader.stop();
    assertThat(leader.join(PATIENCE)).isTrue();
  }

  private static void awaitTrue(BooleanSupplier condition) {
    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(2)).until(condition::getAsBoolean);
  }

  private TestService lead() {
    leader.start();
    return awaitTerm(1);
  }

  private TestService awaitTerm(int number) {
    awaitTrue(() -> services.size() == number && services.getLast().turns.get() > 0);
    return services.getLast();
  }

  /** As a notification does: the next turn comes at once. */
  private void ring() {
    leader.listener().leaderResigned();
  }

  private void assertTurnsNoMore(TestService service) {
    awaitTrue(() -> !service.leads.getAsBoolean());
    // The turn that was under way may still have been counted.
    int[] last = {-1};
    awaitTrue(() -> {
      int before = last[0];
      last[0] = service.turns.get();
      return before == last[0];
    });
    await()
        .during(Duration.ofMillis(50))
        .atMost(PATIENCE)
        .until(() -> service.turns.get() == last[0]);
  }

  /** Perhaps this host was suspended, and another client leads by now. */
  @Test
  void eachJumpOfTheClockIsFollowedByAnElection() {
    TestService ignored = lead();
    long begin = System.nanoTime();
    Instant time = Instant.EPOCH;
    lease.renew(begin, time, time);

    for (int jumps = 1; jumps <= 6; jumps++) {
      int before = store.calls("reelect").size();
      time = time.plus(Duration.ofDays(1));
      lease.renew(begin, time, time);
      awaitTrue(() -> store.calls("reelect").size() > before);
    }

    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .as("there is an election every five seconds anyway")
        .isLessThan(Duration.ofSeconds(25));
  }

  @Test
  void theServicesTurnWhileTheClientLeads() {
    TestService service = lead();

    awaitTrue(() -> service.turns.get() > 3);

    assertThat(service.leads.getAsBoolean()).isTrue();
  }

  @Test
  void whoIsNotElectedHasNoServicesAndStandsAgainWhenTheLeaderResigns() {
    store.on("elect", call -> Optional.empty());
    leader.start();
    awaitTrue(() -> store.calls("elect").size() == 1);
    assertThat(services).isEmpty();

    store.on("elect", call -> Optional.of(Instant.EPOCH));
    ring();

    awaitTerm(1);
  }

  private static ContendedException locked() {
    return new ContendedException("the leader's row is locked", new SQLException(), true);
  }

  /** Each commit of an election that took long gave a stack trace in the other clients. */
  @Test
  void whoMeetsTheElectionOfAnotherClientIsNotElectedAndStandsAgain() {
    TestLogs.forget();
    store.on(
        "elect",
        call -> {
          throw locked();
        });
    leader.start();
    awaitTrue(() -> leader.threads().getFirst().getState() == Thread.State.TIMED_WAITING);
    assertThat(store.calls("elect")).hasSize(1);
    assertThat(TestLogs.warnings("cairn-leader failed")).isEmpty();

    store.on("elect", call -> Optional.of(Instant.EPOCH));
    ring();

    awaitTerm(1);
  }

  /** Then nobody leads. */
  @Test
  @Tag("thorough")
  void aRowThatIsLockedForAWholeTermIsTold() {
    TestLogs.forget();
    store.on(
        "elect",
        call -> {
          throw locked();
        });
    leader.start();

    await()
        .atMost(PATIENCE.multipliedBy(2))
        .until(() -> {
          ring();
          return !TestLogs.warnings("cairn-leader failed").isEmpty();
        });
  }

  @Test
  void anElectionThatFailsForAnotherReasonIsTold() {
    TestLogs.forget();
    store.on(
        "elect",
        call -> {
          throw new ContendedException("out of memory", new SQLException());
        });
    leader.start();

    awaitTrue(() -> !TestLogs.warnings("cairn-leader failed").isEmpty());
  }

  @Test
  void nobodyStandsForElectionPastTheLeaseOfItsClient() {
    var lapsed = new Lease(Duration.ofDays(1));
    var other = new Leader("client", store.object(), lapsed, term -> List.of());
    other.start();
    other.listener().leaderResigned();
    awaitTrue(() -> other.threads().getFirst().getState() == Thread.State.TIMED_WAITING);
    assertThat(store.calls("elect")).isEmpty();

    lapsed.renew(System.nanoTime());
    other.listener().leaderResigned();

    awaitTrue(() -> store.calls("elect").size() == 1);
    other.stop();
    assertThat(other.join(PATIENCE)).isTrue();
  }

  @Test
  void theServicesStopWithTheLeaseOfTheClientAndTheTermIsOver() {
    TestService service = lead();

    lease.end();

    assertTurnsNoMore(service);
    ring();
    awaitTrue(() -> leader.threads().size() == 1);
    assertThat(store.calls("reelect")).isEmpty();
    assertThat(store.calls("resign")).isEmpty();
  }

  /** Whatever the election's own thread does: it may hang inside of the database. */
  @Test
  void theServicesStopWithTheTermThoughTheStatementThatShouldProlongItHangs() {
    TestService service = lead();
    store.on(
        "reelect",
        call -> {
          hang();
          return true;
        });
    ring();
    awaitTrue(() -> !store.calls("reelect").isEmpty());

    lease.end();

    assertTurnsNoMore(service);
  }

  @Test
  void aTermThatIsNotProlongedEndsAndAnotherOneHasServicesOfItsOwn() {
    TestService first = lead();
    store.on("reelect", call -> false);
    ring();
    assertTurnsNoMore(first);

    ring();

    assertThat(awaitTerm(2)).isNotSameAs(first);
    assertTurnsNoMore(first);
    assertThat(services.getLast().leads.getAsBoolean()).isTrue();
  }

  @Test
  void whoIsAskedToResignDoesSoAndMayLeadAgain() {
    TestService first = lead();

    leader.listener().resignRequested();
    awaitTrue(() -> store.calls("resign").size() == 1);

    assertThat(store.calls("resign").getFirst().argument(1, Instant.class))
        .isEqualTo(Instant.ofEpochSecond(1));
    assertTurnsNoMore(first);
    ring();
    awaitTerm(2);
  }

  @Test
  void aLeaderWhoseServicesCannotBeStartedResigns() {
    var failed = new AtomicBoolean();
    var failing =
        new Leader(
            "client",
            store.object(),
            lease,
            term -> {
              if (!failed.getAndSet(true)) {
                throw new OutOfMemoryError("on purpose");
              }
              services.add(new TestService(term::isValid));
              return List.of(services.getLast());
            });
    failing.start();

    awaitTrue(() -> store.calls("resign").size() == 1);

    awaitTerm(1);
    assertThat(store.calls("elect")).hasSize(2);
    failing.stop();
    assertThat(failing.join(PATIENCE)).isTrue();
  }

  @Test
  void aLeaderThatStopsResigns() {
    TestService service = lead();

    leader.stop();

    assertThat(leader.join(PATIENCE)).isTrue();
    assertThat(store.calls("resign")).hasSize(1);
    assertTurnsNoMore(service);
    assertThat(leader.threads()).allMatch(thread -> !thread.isAlive());
  }

  @Test
  void aLeaderThatCannotResignEndsNevertheless() {
    lead();
    store.on(
        "resign",
        call -> {
          throw new StoreUnavailableException("on purpose", null);
        });

    leader.stop();

    assertThat(leader.join(PATIENCE)).isTrue();
    assertThat(TestLogs.warnings("Client client could not resign")).isNotEmpty();
  }

  /** Or its statement would go on after the client has stopped, and hold a connection. */
  @Test
  void aServiceThatDoesNotComeBackFromTheDatabaseIsWaitedForAndCanBeBrokenOff() {
    servicesHang = true;
    lead();
    leader.stop();
    awaitTrue(() -> store.calls("resign").size() == 1);

    assertThat(leader.join(Duration.ofMillis(100))).isFalse();
    assertThat(leader.threads()).extracting(Thread::getName).contains("cairn-test");

    goOn.countDown();
    assertThat(leader.join(PATIENCE)).isTrue();
  }

  @Test
  void aServiceOfAnEarlierTermIsWaitedForToo() {
    servicesHang = true;
    lead();
    leader.listener().resignRequested();
    awaitTrue(() -> store.calls("resign").size() == 1);
    servicesHang = false;
    ring();
    awaitTerm(2);
    leader.stop();

    assertThat(leader.join(Duration.ofMillis(100))).isFalse();
    goOn.countDown();

    assertThat(leader.join(PATIENCE)).isTrue();
  }

  @Test
  void joiningIsBoundedWhileTheElectionHangs() {
    store.on(
        "elect",
        call -> {
          hang();
          return Optional.of(Instant.EPOCH);
        });
    leader.start();
    awaitTrue(() -> store.calls("elect").size() == 1);
    leader.stop();
    assertThat(leader.join(Duration.ofMillis(10))).isFalse();

    goOn.countDown();

    assertThat(leader.join(PATIENCE)).isTrue();
    assertThat(store.calls("resign")).as("it was elected at the last moment").hasSize(1);
  }

  @Test
  void mayBeStoppedBeforeTheStartAndTwice() {
    leader.stop();
    leader.stop();
    leader.start();
    leader.ring("test");

    assertThat(leader.join(PATIENCE)).isTrue();
    assertThat(store.calls("elect")).isEmpty();
    assertThat(leader.threads()).isEmpty();
  }
}
