package dev.cairn.promise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.cairn.AttemptError;
import dev.cairn.Cairn;
import dev.cairn.InterruptionReason;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.internal.postgres.PostgresStores;
import dev.cairn.internal.store.AttemptTimes;
import dev.cairn.internal.store.CheckpointStore.ClaimWrites;
import dev.cairn.internal.store.CheckpointStore.Written;
import dev.cairn.internal.store.CheckpointWrite;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimScope;
import dev.cairn.internal.store.ClaimStatus;
import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.internal.store.FencedClaim;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.Outcome;
import dev.cairn.internal.store.Stores;
import dev.cairn.spi.Checkpoint;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One client, two claims of one job: an older run goes on after the job was claimed again. */
class ClaimIdentityTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private static final String CLIENT = "one_client";
  private static final ClaimScope SCOPE = new ClaimScope("default", CLIENT, Set.of());
  private static final Instant AT = Instant.parse("2026-11-26T12:00:00Z");

  private final Stores stores = PostgresStores.of(database.dataSource(), database.schema());

  @JobKind("twice")
  record Twice(String name) {}

  /** The older claim, and the newer one. */
  private record Two(Claim stale, Claim current) {}

  @BeforeEach
  void registerTheClient() {
    database.execute(
        "INSERT INTO cairn_client (id, timeout) VALUES (?, '1 day') ON CONFLICT DO NOTHING",
        CLIENT);
  }

  private Two claimTwice() {
    long id = clients.inserter().insert(new Twice("x")).id();
    Claim stale = stores.jobs().claim(id, SCOPE).orElseThrow().claim();
    takeAway(id);
    return new Two(stale, stores.jobs().claim(id, SCOPE).orElseThrow().claim());
  }

  /** As a rescue does. */
  private static void takeAway(long id) {
    database.execute(
        "UPDATE river_job SET state = 'available', attempt = attempt - 1 WHERE id = ?", id);
  }

  private static ClaimWrites write(Claim claim, String name, boolean finished, long sequence) {
    String value = finished ? null : String.valueOf(sequence);
    return new ClaimWrites(
        FencedClaim.of(claim),
        List.of(new CheckpointWrite(new Checkpoint(name, 1, finished, value), sequence, false)));
  }

  @Test
  void a1_ofTwoClaimsInOneFlushOnlyTheCurrentOneIsWritten() {
    Two two = claimTwice();

    assertThat(
            stores
                .checkpoints()
                .write(
                    CLIENT,
                    List.of(
                        write(two.stale(), "load", true, 2),
                        write(two.current(), "import", false, 1))))
        .containsExactly(new Written(two.current(), "import"));
    assertThat(
            Objects.requireNonNull(stores.checkpoints().load(two.current()).value()).checkpoints())
        .extracting(Checkpoint::name)
        .containsExactly("import");
  }

  @Test
  void a1_twoClaimsThatWriteTheSameCheckpointFailNoFlush() {
    Two two = claimTwice();

    assertThat(
            stores
                .checkpoints()
                .write(
                    CLIENT,
                    List.of(
                        write(two.stale(), "import", false, 9),
                        write(two.current(), "import", false, 1))))
        .containsExactly(new Written(two.current(), "import"));
    assertThat(stores.checkpoints().read(two.current(), "import").value())
        .hasValueSatisfying(saved -> assertThat(saved.checkpoint().value()).isEqualTo("1"));
  }

  private static FinishedAttempt finished(Claim claim, Outcome outcome, boolean resumable) {
    return new FinishedAttempt(
        FencedClaim.of(claim),
        1,
        outcome,
        null,
        resumable,
        resumable ? write(claim, "import", false, 5).checkpoints() : List.of(),
        new AttemptTimes(Duration.ZERO, Duration.ZERO, System.nanoTime()));
  }

  @Test
  void a1_ofTwoOutcomesInOneStatementOnlyTheCurrentOneIsWritten() {
    for (boolean resumable : List.of(true, false)) {
      for (Outcome outcome :
          List.of(
              new Outcome.Completed(),
              new Outcome.Interrupted(InterruptionReason.REQUESTED),
              new Outcome.Retried(new AttemptError(AT, 1, "boom", ""), Duration.ZERO, 0),
              new Outcome.Snoozed(Duration.ofHours(1)))) {
        Two two = claimTwice();

        assertThat(
                stores
                    .jobs()
                    .finish(
                        CLIENT,
                        List.of(
                            finished(two.stale(), outcome, resumable),
                            finished(two.current(), outcome, resumable))))
            .as("%s, resumable: %s", outcome, resumable)
            .containsExactly(two.current());
        assertThat(stores.jobs().finish(CLIENT, List.of(finished(two.stale(), outcome, resumable))))
            .isEmpty();
      }
    }
  }

  @Test
  void a1_inspectionRenewalAndLocksAnswerByClaim() {
    Two two = claimTwice();
    List<FencedClaim> both = List.of(FencedClaim.of(two.stale()), FencedClaim.of(two.current()));

    assertThat(stores.jobs().inspect(CLIENT, both))
        .extracting(ClaimStatus::claim, ClaimStatus::standing)
        .containsExactly(tuple(two.stale(), Standing.LOST), tuple(two.current(), Standing.HELD));
    assertThat(stores.jobs().inspect(CLIENT, both.reversed()))
        .extracting(ClaimStatus::standing)
        .containsExactly(Standing.HELD, Standing.LOST);
    assertThat(
            stores.jobs().renew(CLIENT, List.of(two.stale(), two.current()), Duration.ofDays(-1)))
        .containsExactly(two.current());
    assertThat(stores.jobs().inspect(CLIENT, both))
        .as("after the renewal")
        .extracting(ClaimStatus::standing)
        .containsExactly(Standing.LOST, Standing.HELD);
    assertThat(stores.jobs().claimsOf(CLIENT)).containsExactly(two.current());
  }

  @Test
  void a1_aStaleRunForgetsNoWaitAndReleasesNoItem() {
    Two two = claimTwice();
    long id = two.current().jobId();
    database.execute(
        "INSERT INTO cairn_quarantine (job_id, step, item, position, error)"
            + " VALUES (?, 's', md5('1'), '1', 'e')",
        id);
    assertThat(stores.waits().awaitSignal(two.current(), "s", "go").value()).isEmpty();

    assertThat(stores.waits().awaitSignal(two.stale(), "s", "other").value()).isNull();
    assertThat(stores.waits().forget(two.stale(), "s")).isFalse();
    assertThat(stores.quarantine().release(two.stale(), "s", "1")).isEmpty();

    assertThat(database.query("SELECT signal FROM cairn_wait WHERE job_id = ?", id))
        .containsExactly(Map.of("signal", "go"));
    assertThat(stores.jobControl().quarantined(id, 100)).hasSize(1);
    assertThat(stores.quarantine().release(two.current(), "s", "1")).isPresent();
    assertThat(stores.waits().forget(two.current(), "s")).isTrue();
  }

  /**
   * Seen before: both runs were told that they had lost the job, and it stayed running for ever.
   */
  @Test
  void a2_theNewerRunGoesOnAndTheOlderOneIsTold() throws Exception {
    var runs = new AtomicInteger();
    var said = new CopyOnWriteArrayList<String>();
    var firstRuns = new CountDownLatch(1);
    var firstIsTold = new CountDownLatch(1);
    Cairn client =
        clients.start(
            Twice.class,
            (job, context) -> {
              int run = runs.incrementAndGet();
              if (run == 1) {
                firstRuns.countDown();
                while (context.interruption().isEmpty()) {
                  Thread.onSpinWait();
                }
                said.add("1: " + context.interruption().orElseThrow());
                firstIsTold.countDown();
              } else {
                firstIsTold.await();
                said.add(run + ": " + context.interruption());
              }
            });
    long id = client.insert(new Twice("x")).id();
    firstRuns.await();

    takeAway(id);

    JobRow job = clients.await(id, JobState.COMPLETED);
    assertThat(said).containsExactly("1: LEASE_LOST", "2: Optional.empty");
    assertThat(job.attempt()).isEqualTo(1);
    client.stop();
    assertThat(
            database.query(
                "SELECT id FROM cairn_client WHERE id = ? AND timeout > '0'", client.id()))
        .isEmpty();
  }
}
