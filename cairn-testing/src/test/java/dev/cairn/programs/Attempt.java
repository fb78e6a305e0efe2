package dev.cairn.programs;

import dev.cairn.Cairn;
import dev.cairn.ClientStatus.Phase;
import dev.cairn.WorkContext;
import dev.cairn.programs.Plan.Blow;
import dev.cairn.spi.AttemptEnd;
import dev.cairn.spi.ForeseenEnd;
import dev.cairn.spi.MiddlewareContext;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** One attempt of a job, and what strikes it. Shared by the threads of its branches. */
final class Attempt {
  /** That of the thread, for what strikes its commits. */
  static final ThreadLocal<Attempt> CURRENT = new ThreadLocal<>();

  /** Set where the thread is in a transaction of the worker's own. */
  private static final ThreadLocal<Boolean> OWN_TRANSACTION = new ThreadLocal<>();

  /** Where no blow falls. */
  static final Operator NO_OPERATOR = (attempt, blow, effect) -> {};

  /** Whoever strikes attempts that do not die of it. */
  interface Operator {
    /**
     * Strikes an attempt.
     *
     * @param effect what the attempt is at
     */
    void strike(Attempt attempt, Blow blow, String effect);
  }

  private final World world;
  private final WorkContext context;
  private final int number;
  private final int code;
  private final Operator operator;
  private final Duration lag;
  private final int strikesBefore;
  private final Set<Blow> hits = ConcurrentHashMap.newKeySet();
  private volatile boolean dead;
  private volatile boolean restarts;
  private volatile boolean lostOwnCommit;
  private final Queue<Throwable> branchEnds = new ConcurrentLinkedQueue<>();

  /**
   * An attempt that begins.
   *
   * @param operator interrupts or pauses it, or takes its job away
   */
  Attempt(World world, WorkContext context, Operator operator) {
    this.world = world;
    this.context = context;
    this.number = world.nextAttempt();
    this.code = world.code();
    this.operator = operator;
    Duration since = Duration.between(context.job().attemptedAt(), Instant.now());
    this.lag = since.isNegative() ? Duration.ZERO : since;
    this.strikesBefore = world.timesStruck();
  }

  /** Whether a strike has been counted since it began. */
  boolean isCountedAsStruck() {
    return world.timesStruck() > strikesBefore;
  }

  /** The client that works it. */
  Cairn client() {
    return context.client();
  }

  /** Whether its own client stops. It may come to its code only when the client has stopped. */
  boolean hasItsClientStopped() {
    Phase phase = client().status().phase();
    return phase == Phase.STOPPING || phase == Phase.STOPPED;
  }

  /**
   * Its code has ended. If it has failed in the way that has the job begin from zero, the job does
   * so, unless the attempt counts as stopped.
   */
  void codeEnded(Throwable end) {
    boolean wants =
        Endings.causes(end).stream().anyMatch(ScriptedFailure.Restarting.class::isInstance);
    restarts = wants && !dead && !isTaken() && failsBy(end);
  }

  /** Whether this counts as a failure of the attempt, which ends by itself. */
  boolean failsBy(Throwable end) {
    ForeseenEnd foreseen = ((MiddlewareContext) context).foreseeEnd(end);
    return foreseen.end() == AttemptEnd.FAILED && foreseen.reason().isEmpty();
  }

  /** Whether its job was taken away: what it does counts no more. */
  boolean isTaken() {
    return world.isTaken(number);
  }

  /** Whether it has heard of that: its threads are interrupted, which breaks their connections. */
  boolean knowsThatItIsTaken() {
    return isTaken() && context.interruption().isPresent();
  }

  /** Whether it has failed, and the job begins from zero. */
  boolean restarts() {
    return restarts;
  }

  /** Whether it cannot know whether one of its transactions was committed. */
  boolean hasLostACommit() {
    return hits.contains(Blow.ANSWER_LOST) || hits.contains(Blow.COMMIT_LOST);
  }

  /**
   * Whether a commit of the worker's own has failed, also because a time limit has interrupted it.
   * If it happens all the same when the code has gone on without it, the attempt has to stop.
   */
  boolean hasLostAnOwnCommit() {
    return lostOwnCommit;
  }

  /** Whether a transaction of the worker's own has met 40001, which only the worker could retry. */
  boolean hasCollided() {
    return hits.contains(Blow.COLLISION);
  }

  /** The blow that is to fall at an effect; null for none. */
  private Blow atEffect() {
    return world.next(false, true);
  }

  /**
   * The blow that is to fall at a commit; null for none. Cairn runs its own transactions again
   * after 40001: nobody notices.
   */
  Blow atCommit() {
    boolean own = OWN_TRANSACTION.get() != null;
    Blow blow = world.next(true, own);
    if (blow != null && (own || blow != Blow.COLLISION)) {
      hits.add(blow);
    }
    return blow;
  }

  /** A commit of a transaction that the worker has begun itself. */
  interface Commit {
    void run() throws SQLException;
  }

  /** Commits a transaction that the worker has begun itself. */
  void ofItsOwn(Commit commit) throws SQLException {
    OWN_TRANSACTION.set(true);
    try {
      commit.run();
    } catch (SQLException e) {
      lostOwnCommit |= !Endings.hasState(e, "40");
      throw e;
    } finally {
      OWN_TRANSACTION.remove();
    }
  }

  World world() {
    return world;
  }

  int number() {
    return number;
  }

  /** The code that it runs. */
  Code code() {
    return world.trial().program().codes().get(code);
  }

  /** Its code is changed: the next attempt runs other code. */
  void deploy() {
    world.deploy(code);
  }

  /** It ended with an error that says that the job does not fit its code. */
  void refused(String error) {
    world.refused(code, error);
  }

  /** What has ended one of its branches. */
  void branchEnded(Throwable end) {
    branchEnds.add(end);
  }

  List<Throwable> branchEnds() {
    return List.copyOf(branchEnds);
  }

  /** Whether what it does may be interrupted, also if no time limit has passed. */
  boolean mayBeInterrupted() {
    return dead || isTaken() || context.interruption().isPresent() || hasLostACommit();
  }

  /** How long after its claim it began, by clocks that are those of one machine. */
  Duration lag() {
    return lag;
  }

  WorkContext context() {
    return context;
  }

  /** What ends the threads of an attempt whose process has died. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1L;

    Killed() {
      super("the process has died", null, false, false);
    }
  }

  /** Does something outside of the database; a blow may fall right before or right after. */
  void effect(String id) {
    strike(id);
    world.done(number, code, id, false);
    strike(id);
  }

  private void strike(String effect) {
    requireAlive();
    Blow blow = atEffect();
    if (blow == Blow.KILL) {
      dead = true;
    } else if (blow != null) {
      operator.strike(this, blow, effect);
    }
    requireAlive();
  }

  /** Gives a signal. What strikes the commits of the job strikes none of others. */
  void signal(String name) {
    CURRENT.remove();
    try {
      context.client().signal(name, 1);
    } finally {
      CURRENT.set(this);
    }
  }

  private void requireAlive() {
    if (dead) {
      throw new Killed();
    }
  }

  /** Writes a row in a transaction. */
  void row(Connection connection, String id) throws SQLException {
    strike(id);
    ProgramRows.insert(connection, world.number(), number, id);
    world.done(number, code, id, true);
    strike(id);
  }

  /** A file as this attempt finds it. */
  Path file(String name, Items.Lines lines) throws IOException {
    return world.file(name, lines, lines.version(number));
  }

  /** A folder as this attempt finds it. */
  Path folder(String name, Items.Folder folder) throws IOException {
    return world.folder(name, folder, folder.version(number));
  }

  /** The rows of a source are written as this attempt finds them. */
  void writeRows(String name, Items.Table table) throws SQLException {
    CURRENT.remove();
    try {
      world.writeRows(name, table.rows().keys(), table.version(number));
    } finally {
      CURRENT.set(this);
    }
  }

  boolean isDead() {
    return dead;
  }
}
