package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.AttemptError;
import dev.cairn.TestDatabase;
import dev.cairn.internal.store.AttemptTimes;
import dev.cairn.internal.store.CheckpointWrite;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimRange;
import dev.cairn.internal.store.ClaimScope;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.FencedClaim;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.FinishedAttempt.Form;
import dev.cairn.internal.store.NewJob;
import dev.cairn.internal.store.Outcome;
import dev.cairn.internal.store.Stores;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The outcomes of many jobs go into one statement: a row that somebody holds delays no other. */
class OutcomeLocksTest {
  @RegisterExtension static final TestDatabase server = new TestDatabase();

  private static final String CLIENT = "a";
  private static final Duration BOUND = Duration.ofMinutes(1);
  private static final AttemptTimes TIMES = new AttemptTimes(Duration.ZERO, Duration.ZERO, 0);
  private static final AttemptError ERROR = new AttemptError(Instant.EPOCH, 1, "failed", "");

  private final Stores stores = PostgresStores.of(server.dataSource(), server.schema());
  private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();
  private List<Claim> claims = List.of();

  @BeforeEach
  void claim() {
    server.execute("TRUNCATE river_job, cairn_checkpoint, cairn_client");
    server.execute("INSERT INTO cairn_client (id, timeout) VALUES (?, '1 day')", CLIENT);
    var job = new NewJob("noop", "{}", "{}", 25, 1, "default", null, false, List.of(), null);
    stores.jobs().insert(Collections.nCopies(3, job));
    claims =
        stores.jobs().claim(new ClaimScope("default", CLIENT, Set.of()), ClaimRange.ALL, 3).stream()
            .map(ClaimedJob::claim)
            .sorted(Comparator.comparingLong(Claim::jobId))
            .toList();
  }

  @AfterEach
  void stop() {
    background.shutdownNow();
  }

  private static Stream<Arguments> formsAndLocks() {
    return Stream.of(Form.values())
        .flatMap(form ->
            Stream.of("FOR UPDATE", "FOR NO KEY UPDATE", "FOR SHARE")
                .map(lock -> Arguments.of(form, lock)));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("formsAndLocks")
  void aRowThatSomebodyHoldsDelaysNoOtherOutcome(Form form, String lock) throws Exception {
    Claim held = claims.get(1);
    List<FinishedAttempt> all = claims.stream().map(claim -> ended(claim, form)).toList();
    assertThat(all).allMatch(attempt -> attempt.form() == form);

    try (Connection holder = server.dataSource().getConnection()) {
      holder.setAutoCommit(false);
      hold(holder, held.jobId(), lock);

      assertThat(finish(all)).containsExactlyInAnyOrder(claims.get(0), claims.get(2));

      assertThat(running()).containsExactly(held.jobId());
      holder.rollback();
    }
    assertThat(finish(List.of(ended(held, form)))).containsExactly(held);
    assertThat(running()).isEmpty();
  }

  private <T> T bounded(Callable<T> work) throws Exception {
    return background.submit(work).get(BOUND.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  void norDoesALockedRowHoldUpMetadataThatFollowACompletion() throws Exception {
    Claim held = claims.get(1);
    finish(List.of(ended(held, Form.COMPLETION)));
    try (Connection holder = server.dataSource().getConnection()) {
      holder.setAutoCommit(false);
      hold(holder, held.jobId(), "FOR UPDATE");

      boolean written = bounded(() -> stores.jobs().addMetadata(held, "{\"late\": 1}"));

      assertThat(written).isFalse();
      holder.rollback();
    }
    assertThat(stores.jobs().addMetadata(held, "{\"late\": 1}")).isTrue();
    assertThat(server.text("SELECT metadata ->> 'late' FROM river_job WHERE id = " + held.jobId()))
        .isEqualTo("1");
    server.execute("DELETE FROM river_job WHERE id = ?", held.jobId());
    assertThat(stores.jobs().addMetadata(held, "{}")).as("there is nothing to wait for").isTrue();
  }

  @Test
  void norAJobThatIsToBeSetApart() throws Exception {
    Claim held = claims.get(1);
    long waiting = claims.get(2).jobId();
    server.execute("UPDATE river_job SET state = 'available' WHERE id = ?", waiting);
    try (Connection holder = server.dataSource().getConnection()) {
      holder.setAutoCommit(false);
      hold(holder, held.jobId(), "FOR NO KEY UPDATE");
      hold(holder, waiting, "FOR SHARE");

      boolean ofClaim = bounded(() -> stores.jobs().setApart(held, "odd"));
      boolean ofWaiting = bounded(() -> stores.jobs().setApart(waiting, "odd"));

      assertThat(ofClaim || ofWaiting).isFalse();
      holder.rollback();
    }
    assertThat(stores.jobs().setApart(held, "odd")).isTrue();
    assertThat(stores.jobs().setApart(waiting, "odd")).isTrue();
    assertThat(server.number("SELECT count(*) FROM river_job WHERE state = 'discarded'"))
        .isEqualTo(2);
  }

  private static FinishedAttempt ended(Claim claim, Form form) {
    return switch (form) {
      case HAND_BACK -> FinishedAttempt.handedBack(claim);
      case COMPLETION -> ended(claim, new Outcome.Completed(), false);
      case COMPLETION_OF_STEPS -> ended(claim, new Outcome.Completed(), true);
      case DETAILED -> ended(claim, new Outcome.Retried(ERROR, Duration.ofHours(1), 0), true);
    };
  }

  private static FinishedAttempt ended(Claim claim, Outcome outcome, boolean resumable) {
    List<CheckpointWrite> writes = resumable ? List.of(LockScene.write("step")) : List.of();
    return new FinishedAttempt(FencedClaim.of(claim), 1, outcome, null, resumable, writes, TIMES);
  }

  private static void hold(Connection holder, long id, String lock) throws SQLException {
    try (var statement = holder.prepareStatement("SELECT FROM river_job WHERE id = ? " + lock)) {
      statement.setLong(1, id);
      statement.executeQuery();
    }
  }

  private Collection<Claim> finish(List<FinishedAttempt> attempts) throws Exception {
    return background
        .submit(() -> stores.jobs().finish(CLIENT, attempts))
        .get(BOUND.toSeconds(), TimeUnit.SECONDS);
  }

  private static List<Long> running() {
    var ids = new ArrayList<Long>();
    server
        .query("SELECT id FROM river_job WHERE state = 'running' ORDER BY id")
        .forEach(row -> ids.add((Long) row.get("id")));
    return ids;
  }
}
