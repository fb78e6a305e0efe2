package dev.cairn.chaos.life;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.InsertResult;
import dev.cairn.JobInsert;
import dev.cairn.JobState;
import dev.cairn.UniqueOptions;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.JobUpdate;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Makes a client do everything that a client can do, and repeats calls that fail. */
public final class Driver {
  private static final String OPERATOR = "chaos";

  private final Life life;
  private final Cairn client;
  private final Patience patience = new Patience();

  /** The ids of the jobs of the last successful insertion, by role. */
  private final Map<Role, Long> ids = new EnumMap<>(Role.class);

  public Driver(Life life) {
    this.life = life;
    this.client = life.client();
  }

  /** Starts the client, and tries again if that fails. */
  public void start() {
    patience.run("start", client::start);
  }

  /** Everything between the start and the stop. */
  public void live() throws Exception {
    insert();
    operateOnRunningJobs();
    lookAround();
    operateOnEndedJobs();
    changeTheLeader();
  }

  /** Calls that failed at each repetition. */
  public List<String> complaints() {
    return patience.complaints();
  }

  private void insert() throws InterruptedException {
    insertMany(
        Stream.of(
                Role.PLAIN,
                Role.STEPS,
                Role.LOOP,
                Role.STEP_TX,
                Role.ADVANCE_TX,
                Role.ADVANCE_TX_ASIDE,
                Role.PARALLEL,
                Role.GO_ROW,
                Role.COMPLETE_TX,
                Role.FAIL_ONCE,
                Role.DISCARD_ONCE,
                Role.CANCEL_ITSELF,
                Role.SNOOZE,
                Role.YIELD,
                Role.SLEEP,
                Role.AWAIT_SIGNAL,
                Role.AWAIT_NOTHING,
                Role.QUARANTINE,
                Role.CANCELLED_BY_OPERATOR,
                Role.PAUSED_BY_OPERATOR,
                Role.INTERRUPTED_BY_OPERATOR)
            .map(role -> JobInsert.of(Act.of(role)))
            .toList());
    insertMany(
        List.of(
            JobInsert.of(Act.of(Role.FAIL_LAST), InsertOptions.defaults().withMaxAttempts(1)),
            far(Role.FAR),
            far(Role.FAR_CANCELLED),
            far(Role.FAR_WORKED)));
    long awaited = ids.getOrDefault(Role.LOOP, 0L);
    insertMany(List.of(JobInsert.of(new Act(Role.AWAIT_JOB, "for the loop", awaited))));
    insertInTransactions();
    insertAtOnce();
    patience.get("insert with COPY", () -> client.insertManyFast(copies("fast")));
    InsertOptions unique = InsertOptions.defaults().withUnique(UniqueOptions.byKind().withArgs());
    for (int time = 0; time < 2; time++) {
      patience.get(
          "insert a unique job", () -> client.insert(Act.of(Role.PLAIN, "unique"), unique));
    }
  }

  private static JobInsert far(Role role) {
    return JobInsert.of(
        Act.of(role),
        InsertOptions.defaults().withScheduledAt(Instant.now().plus(Duration.ofDays(365))));
  }

  private static List<JobInsert> copies(String key) {
    return List.of(JobInsert.of(Act.of(Role.PLAIN, key)), JobInsert.of(Act.of(Role.STEPS, key)));
  }

  private void insertMany(List<JobInsert> inserts) {
    List<InsertResult> results = patience.get("insert many", () -> client.insertMany(inserts));
    if (results != null) {
      for (int i = 0; i < inserts.size(); i++) {
        ids.put(((Act) inserts.get(i).args()).role(), results.get(i).id());
      }
    }
  }

  /**
   * Inserts jobs so close together that the client sends the notifications for some of them later.
   */
  private void insertAtOnce() throws InterruptedException {
    var threads = new ArrayList<Thread>();
    for (int number = 1; number <= 4; number++) {
      JobInsert insert = JobInsert.of(Act.of(Role.PLAIN, "at once " + number));
      var own = new Patience();
      threads.add(
          Thread.ofPlatform()
              .start(() -> own.get("insert at once", () -> client.insertMany(List.of(insert)))));
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  /** Inserts jobs in transactions, each with a marker row: both exist, or neither. */
  private void insertInTransactions() {
    patience.run(
        "insert in a transaction",
        () -> inTransaction("tx", it -> client.insert(it, Act.of(Role.PLAIN, "tx"))));
    patience.run(
        "insert with COPY in a transaction",
        () ->
            inTransaction(
                "tx fast",
                it ->
                    client.insertManyFast(
                        it, List.of(JobInsert.of(Act.of(Role.PLAIN, "tx fast"))))));
  }

  private void inTransaction(String marker, TransactionUse use) throws SQLException {
    try (Connection connection = life.source().getConnection()) {
      connection.setAutoCommit(false);
      try {
        try (var insert =
            connection.prepareStatement(
                "/* the caller's own row */ INSERT INTO marker VALUES (?)")) {
          insert.setString(1, marker);
          insert.executeUpdate();
        }
        use.use(connection);
        connection.commit();
      } catch (Throwable e) {
        connection.rollback();
        throw e;
      } finally {
        connection.setAutoCommit(true);
      }
    }
  }

  private void operateOnRunningJobs() throws SQLException {
    patience.run("work a job", () -> client.work(id(Role.FAR_WORKED)));
    patience.run(
        "cancel a waiting job",
        () -> client.jobs().operator(OPERATOR).cancel(id(Role.FAR_CANCELLED)));
    patience.run("send a signal", () -> client.signal(Role.AWAIT_SIGNAL.name(), "paid"));
    if (awaitState(Role.CANCELLED_BY_OPERATOR, JobState.RUNNING)) {
      patience.run("cancel a job", () -> client.jobs().cancel(id(Role.CANCELLED_BY_OPERATOR)));
    }
    if (awaitState(Role.INTERRUPTED_BY_OPERATOR, JobState.RUNNING)) {
      patience.run(
          "interrupt a job",
          () -> client.jobs().operator(OPERATOR).interrupt(id(Role.INTERRUPTED_BY_OPERATOR)));
    }
    pauseAndResume(id(Role.PAUSED_BY_OPERATOR));
    patience.run("pause a queue", () -> client.queues().pause(Life.SIDE_QUEUE));
    InsertOptions aside = InsertOptions.defaults().withQueue(Life.SIDE_QUEUE);
    insertMany(List.of(JobInsert.of(Act.of(Role.PLAIN, "aside"), aside)));
    patience.run("change a queue", () -> client.queues().update(Life.SIDE_QUEUE, "{\"a\": 1}"));
    patience.run("resume a queue", () -> client.queues().resume(Life.SIDE_QUEUE));
  }

  private void pauseAndResume(long id) throws SQLException {
    if (!awaitState(Role.PAUSED_BY_OPERATOR, JobState.RUNNING)) {
      return;
    }
    patience.run("pause a job", () -> client.jobs().operator(OPERATOR).pause(id));
    if (awaitState(Role.PAUSED_BY_OPERATOR, JobState.PENDING)) {
      life.witness().runsFurther(id);
      patience.get("look at progress", () -> client.jobs().progress(id));
      patience.run("skip a step", () -> skipUnlessSkipped(id));
      if (hasCheckpoint(id, "before")) {
        patience.run("rewind a job", () -> rewindUnlessRewound(id));
      }
    }
    patience.run("resume a job", () -> client.jobs().operator(OPERATOR).resume(id));
  }

  /** A call whose answer was lost must not be repeated blindly: a finished step is refused. */
  private void skipUnlessSkipped(long id) throws SQLException {
    if (!hasCheckpoint(id, "later")) {
      client.jobs().operator(OPERATOR).skipStep(id, "later");
    }
  }

  /** Must not be repeated blindly either: a job that was completed meanwhile would run again. */
  private void retryUnlessRetried(long id) throws SQLException {
    if (life.database()
            .number("SELECT count(*) FROM river_job WHERE id = ? AND state = 'discarded'", id)
        > 0) {
      client.jobs().retry(id);
    }
  }

  /** Must not be repeated blindly either: a step that the job has not reached is refused. */
  private void rewindUnlessRewound(long id) throws SQLException {
    if (hasCheckpoint(id, "before")) {
      client.jobs().operator(OPERATOR).rewindToStep(id, "before");
    }
  }

  /** Whether the job has a checkpoint. A job that was claimed but never ran has none. */
  private boolean hasCheckpoint(long id, String step) throws SQLException {
    return life.database()
            .number("SELECT count(*) FROM cairn_checkpoint WHERE job_id = ? AND name = ?", id, step)
        > 0;
  }

  private void lookAround() {
    patience.get("find a job", () -> client.jobs().find(id(Role.LOOP)));
    patience.get("list jobs", () -> client.jobs().list(JobQuery.all().withKinds("act")));
    patience.get("list all jobs", () -> client.jobs().list(JobQuery.all()));
    patience.get("count jobs", () -> client.jobs().countByState());
    patience.get("list queues", () -> client.queues().list());
    patience.get("find a queue", () -> client.queues().find(Life.QUEUE));
  }

  private void operateOnEndedJobs() {
    boolean discarded = awaitState(Role.DISCARD_ONCE, JobState.DISCARDED);
    boolean putAside = awaitState(Role.QUARANTINE, JobState.COMPLETED);
    life.witness().mend();
    if (discarded) {
      long id = id(Role.DISCARD_ONCE);
      life.witness().runsFurther(id);
      patience.run("retry a job", () -> retryUnlessRetried(id));
    }
    if (putAside) {
      long id = id(Role.QUARANTINE);
      patience.get("list what was put aside", () -> client.jobs().quarantined(id));
      life.witness().runsFurther(id);
      patience.run("redrive a job", () -> redriveUnlessRedriven(id));
    }
    if (awaitState(Role.STEPS, JobState.COMPLETED)) {
      long id = id(Role.STEPS);
      patience.run(
          "change a job",
          () -> client.jobs().update(id, JobUpdate.nothing().withMetadata("{\"seen\": true}")));
      runAgain(id);
    }
    if (awaitState(Role.PLAIN, JobState.COMPLETED)) {
      long id = id(Role.PLAIN);
      patience.run("delete a job", () -> client.jobs().delete(id));
      patience.run(
          "delete many jobs", () -> client.jobs().deleteMany(JobQuery.all().withIds(Set.of(id))));
    }
  }

  /** The job may be running, or have ended, if the answer to the last call was lost. */
  private void redriveUnlessRedriven(long id) throws SQLException {
    long left =
        life.database()
            .number("SELECT count(*) FROM cairn_quarantine WHERE job_id = ? AND NOT redrive", id);
    if (left > 0) {
      client.jobs().operator(OPERATOR).redrive(id);
    }
  }

  private void runAgain(long id) {
    patience.run(
        "restart a job",
        () -> {
          boolean restarted =
              life.database()
                      .number(
                          "SELECT count(*) FROM river_job WHERE id = ? AND metadata::text LIKE"
                              + " '%restart%'",
                          id)
                  > 0;
          if (!restarted) {
            life.witness().runsFurther(id);
            client.jobs().operator(OPERATOR).restart(id);
          }
        });
  }

  /**
   * Announces that a leader has resigned, as another client does, and asks the leader to resign, as
   * River does.
   */
  private void changeTheLeader() {
    tellLeaders("resigned");
    tellLeaders("request_resign");
  }

  private void tellLeaders(String action) {
    patience.run(
        "tell leaders",
        () ->
            life.database()
                .execute(
                    "SELECT pg_notify('public.river_leadership', json_build_object('action',"
                        + " ?::text)::text)",
                    action));
    Patience.pause();
    Patience.pause();
  }

  private long id(Role role) {
    return ids.getOrDefault(role, 0L);
  }

  private boolean awaitState(Role role, JobState state) {
    String label = state.label();
    return patience.await(() ->
        life.database()
                .number(
                    "SELECT count(*) FROM river_job WHERE id = ? AND state::text = ?",
                    id(role),
                    label)
            > 0);
  }

  /** Uses a connection with an open transaction. */
  @FunctionalInterface
  private interface TransactionUse {
    void use(Connection connection) throws SQLException;
  }
}
