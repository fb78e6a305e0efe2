package dev.cairn.chaos.life;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobState;
import dev.cairn.chaos.history.Outage;
import dev.cairn.chaos.life.Finding.Kind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Checks a life from outside, on an undisturbed connection, and notes findings. */
public final class Judge {
  private static final Duration LEFT_OVER_MAX = Duration.ofSeconds(15);

  private final Life life;
  private final Bounds bounds;
  private final List<Finding> findings = new ArrayList<>();

  public Judge(Life life) {
    this(life, Bounds.ofClient());
  }

  Judge(Life life, Bounds bounds) {
    this.life = life;
    this.bounds = bounds;
  }

  /**
   * A row of the table of jobs.
   *
   * @param isCopy whether the insertion was repeated because its answer was lost. No operator acts
   *     on such a job, so it may end in any way
   */
  private record Seen(
      long id,
      JobState state,
      Role role,
      String key,
      int attempt,
      int errors,
      int rescues,
      String lastClient,
      String lastError,
      boolean isCopy) {
    static Seen of(ResultSet row) throws SQLException {
      return new Seen(
          row.getLong("id"),
          JobState.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
          Role.valueOf(row.getString("role")),
          row.getString("key"),
          row.getInt("attempt"),
          row.getInt("errors"),
          row.getInt("rescues"),
          row.getString("client"),
          row.getString("error"),
          row.getBoolean("is_copy"));
    }

    boolean isSettled() {
      return role.endsIn(state)
          || (isCopy && state != JobState.RUNNING && state != JobState.AVAILABLE);
    }

    boolean needsLeader() {
      return role == Role.STUCK || role == Role.DUE;
    }

    @Override
    public String toString() {
      return "job %d (%s, %s) is %s, attempt %d, %d errors, claimed last by %s%s"
          .formatted(
              id,
              role,
              key,
              state.label(),
              attempt,
              errors,
              lastClient,
              lastError.isEmpty() ? "" : ", last error: " + lastError);
    }
  }

  private List<Seen> jobs() throws SQLException {
    return life.database()
        .query(
            """
            SELECT id, state, attempt, args->>'role' AS role, args->>'key' AS key,
              coalesce(cardinality(errors), 0) AS errors,
              coalesce((metadata->>'river:rescue_count')::int, 0) AS rescues,
              coalesce(attempted_by[cardinality(attempted_by)], 'nobody') AS client,
              coalesce(left(errors[cardinality(errors)]->>'error', 300), '') AS error,
              id < max(id) OVER (PARTITION BY args->>'role', args->>'key') AS is_copy
            FROM river_job
            ORDER BY id
            """,
            Seen::of);
  }

  private List<Seen> unsettled() throws SQLException {
    return jobs().stream().filter(job -> !job.isSettled()).toList();
  }

  /** Notes a finding. */
  public synchronized void note(Kind kind, String detail) {
    findings.add(new Finding(kind, detail));
  }

  public synchronized List<Finding> findings() {
    return List.copyOf(findings);
  }

  /** Waits a bounded time until all jobs are in the right state, and a leader does its duties. */
  public void awaitSettled() throws SQLException {
    Cairn outside = Cairn.builder(life.database().judges()).build();
    String now = life.database().query("SELECT now()::text", row -> row.getString(1)).getFirst();
    awaitPeriod(Role.PERIODIC, now);
    awaitPeriod(Role.PERIODIC_DURABLE, now);
    life.witness().endPeriods();
    if (!await(bounds.settle(), () -> unsettled().stream().allMatch(Seen::needsLeader))
        || !await(bounds.leader(), () -> unsettled().isEmpty())) {
      unsettled().forEach(this::noteUnsettled);
    }
    outside.insert(Act.of(Role.FRESH));
    if (!await(bounds.fresh(), () -> isCompleted("FRESH"))) {
      note(Kind.CLIENT_DEAD, "a job that was inserted after the misbehaviour is not completed");
    }
    outside.insert(Act.of(Role.FRESH, "told"), InsertOptions.defaults().withQueue(Life.TOLD_QUEUE));
    if (!await(bounds.told(), () -> isCompleted("told"))) {
      note(Kind.CLIENT_DEAF, "a job of a queue that is polled every five minutes is not completed");
    }
    noteRescues();
  }

  private void awaitPeriod(Role role, String since) throws SQLException {
    if (!await(
        bounds.leader(),
        () ->
            life.database()
                    .number(
                        "SELECT count(*) FROM river_job WHERE args->>'role' = ? AND created_at >"
                            + " ?::timestamptz",
                        role.name(),
                        since)
                > 0)) {
      note(Kind.NO_LEADER, "no job of role %s is inserted any more".formatted(role));
    }
  }

  private boolean isCompleted(String key) throws SQLException {
    return life.database()
            .number(
                "SELECT count(*) FROM river_job WHERE args->>'key' = ? AND state = 'completed'",
                key)
        > 0;
  }

  private void noteUnsettled(Seen job) {
    Kind kind =
        job.state() == JobState.RUNNING
            ? Kind.LEFT_RUNNING
            : job.state().isFinal() ? Kind.WRONG_END : Kind.NOT_ENDED;
    note(kind, job.toString());
  }

  private void noteRescues() throws SQLException {
    for (Seen job : jobs()) {
      int planned = job.role() == Role.ORPHAN || job.role() == Role.STUCK ? 1 : 0;
      if (job.rescues() > planned) {
        note(Kind.RESCUED_ITSELF, job + ", rescued %d times".formatted(job.rescues()));
      }
    }
  }

  /** Checks what a stopped client has left behind. */
  public void judgeStop(boolean disturbed) throws SQLException {
    String id = life.client().id();
    boolean signedOff =
        life.database()
                .number("SELECT count(*) FROM cairn_client WHERE id = ? AND timeout > '0'", id)
            == 0;
    if (signedOff) {
      jobs().stream()
          .filter(job -> job.state() == JobState.RUNNING && job.lastClient().equals(id))
          .forEach(job -> note(Kind.SIGNED_OFF_TOO_SOON, job.toString()));
    } else if (!disturbed) {
      note(Kind.NOT_SIGNED_OFF, "its row in cairn_client is that of a client that is alive");
    }
    if (!await(LEFT_OVER_MAX, () -> threadsLeft().isEmpty())) {
      note(Kind.THREADS_LEFT, threadsLeft().toString());
    }
    if (!await(LEFT_OVER_MAX, () -> life.database().connectionsInUse() == 0)) {
      note(Kind.CONNECTIONS_LEFT, life.database().connectionsInUse() + " are in use");
    }
  }

  private List<String> threadsLeft() {
    var threads = new Thread[100];
    int count = life.threads().enumerate(threads);
    var names = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      if (threads[i].getName().startsWith("cairn-")) {
        names.add(threads[i].getName());
      }
    }
    return names;
  }

  /** Lets another client complete the remaining jobs, and notes what it cannot do. */
  public void heal() throws SQLException {
    life.witness().end();
    if (unsettled().isEmpty()) {
      return;
    }
    try (Cairn heir = life.heir()) {
      heir.start();
      if (!await(bounds.leader(), () -> unsettled().isEmpty())) {
        unsettled().forEach(job -> note(Kind.NOT_HEALED, job.toString()));
      }
    }
  }

  /** Compares the notes of the workers with the content of the database. */
  public void judgeAccounts() throws SQLException {
    Witness witness = life.witness();
    for (String complaint : witness.complaints()) {
      note(
          complaint.contains("twice at once") ? Kind.RAN_TWICE_AT_ONCE : Kind.STEP_RAN_AGAIN,
          complaint);
    }
    for (Seen job : jobs()) {
      judgeAttempts(job, witness);
      judgeRows(job);
      judgeEffects(job, witness);
      boolean ours = job.lastClient().equals(life.client().id());
      if (ours && job.state() == JobState.COMPLETED && witness.completionsTold(job.id()) == 0) {
        note(Kind.EVENT_MISSING, job.toString());
      }
    }
    judgeInsertions();
  }

  private void judgeAttempts(Seen job, Witness witness) {
    if (job.isCopy()) {
      return;
    }
    int planned = job.role() == Role.STUCK ? 1 : 0;
    long counted = Outage.counted(witness.outages(job.id()).size());
    long failures = witness.failures(job.id()).size() + planned + counted;
    String threw =
        ", its worker threw %s, and the database cut it off with %s"
            .formatted(witness.failures(job.id()), witness.outages(job.id()));
    if (job.attempt() > failures + 1 + witness.furtherRuns(job.id())) {
      note(Kind.ATTEMPT_USED_UP, job + threw);
    }
    int remote = job.state() == JobState.CANCELLED ? 1 : 0;
    if (job.errors() > failures + remote) {
      note(Kind.ERROR_RECORDED, job + threw);
    }
  }

  private void judgeEffects(Seen job, Witness witness) {
    List<String> missing = witness.missing(job.id(), job.role().effects());
    if (job.state() == JobState.COMPLETED && !missing.isEmpty()) {
      note(Kind.EFFECT_LOST, "%s, without %s".formatted(job, missing));
    }
  }

  private void judgeRows(Seen job) throws SQLException {
    List<Long> counts =
        life.database()
            .query(
                "SELECT count(*) FROM effect WHERE job_id = ? GROUP BY item",
                row -> row.getLong(1),
                job.id());
    if (counts.stream().anyMatch(count -> count > 1)) {
      note(Kind.ROW_TWICE, "%s, its rows were written %s times".formatted(job, counts));
    }
    List<Long> aside =
        life.database()
            .query(
                "SELECT position::text::bigint FROM cairn_quarantine WHERE job_id = ? AND ?",
                row -> row.getLong(1),
                job.id(),
                job.role() == Role.ADVANCE_TX_ASIDE);
    List<Long> blamed =
        aside.stream().filter(item -> !life.witness().hasFailed(job.id(), item)).toList();
    if (!blamed.isEmpty()) {
      note(Kind.ITEM_BLAMED, "%s: items %s".formatted(job, blamed));
    }
    if (job.state() == JobState.COMPLETED && counts.size() + aside.size() < job.role().rows()) {
      note(
          Kind.ROW_LOST, "%s, with %d of %d rows".formatted(job, counts.size(), job.role().rows()));
    }
  }

  private void judgeInsertions() throws SQLException {
    for (String key : List.of("tx", "tx fast")) {
      long markers = life.database().number("SELECT count(*) FROM marker WHERE key = ?", key);
      long jobs =
          life.database().number("SELECT count(*) FROM river_job WHERE args->>'key' = ?", key);
      if (markers != jobs) {
        note(Kind.INSERTION_TORN, "%d rows and %d jobs '%s'".formatted(markers, jobs, key));
      }
    }
    List<String> twice =
        life.database()
            .query(
                """
                SELECT args->>'role' || ' ' || (args->>'key')
                FROM river_job
                WHERE args->>'role' = 'PERIODIC_DURABLE' OR args->>'key' = 'unique'
                GROUP BY args->>'role', args->>'key'
                HAVING count(*) > 1
                """,
                row -> row.getString(1));
    twice.forEach(key -> note(Kind.INSERTED_TWICE, key));
  }

  private static boolean await(Duration most, Patience.Condition condition) throws SQLException {
    long end = System.nanoTime() + most.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() - end >= 0) {
        return false;
      }
      Patience.pause();
    }
    return true;
  }
}
