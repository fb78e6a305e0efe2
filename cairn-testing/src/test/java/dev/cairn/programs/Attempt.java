package dev.cairn.programs;

import dev.cairn.ClientStatus.Phase;
import dev.cairn.WorkContext;
import dev.cairn.programs.Plan.Blow;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiConsumer;

/** One attempt of a job, and what strikes it. Shared by the threads of its branches. */
final class Attempt {
  /** That of the thread, for what strikes its commits. */
  static final ThreadLocal<Attempt> CURRENT = new ThreadLocal<>();

  /** Where no blow falls. */
  static final BiConsumer<WorkContext, Blow> NO_OPERATOR = (context, blow) -> {};

  private final World world;
  private final WorkContext context;
  private final int number;
  private final int code;
  private final BiConsumer<WorkContext, Blow> operator;
  private final Duration lag;
  private final int shiftsBefore;
  private final int strikesBefore;
  private volatile boolean hitAtCommit;
  private volatile boolean dead;
  private final Queue<Throwable> branchEnds = new ConcurrentLinkedQueue<>();

  /**
   * An attempt that begins.
   *
   * @param operator how an operator interrupts or pauses it
   */
  Attempt(World world, WorkContext context, BiConsumer<WorkContext, Blow> operator) {
    this.world = world;
    this.context = context;
    this.number = world.nextAttempt();
    this.code = world.code();
    this.operator = operator;
    Duration since = Duration.between(context.job().attemptedAt(), Instant.now());
    this.lag = since.isNegative() ? Duration.ZERO : since;
    this.shiftsBefore = world.shifts();
    this.strikesBefore = world.timesStruck();
  }

  /** Whether a strike has been counted since it began. */
  boolean isCountedAsStruck() {
    return world.timesStruck() > strikesBefore;
  }

  /** Whether a client has stopped while it ran: perhaps its own. */
  boolean wasInShift() {
    return shiftsBefore % 2 == 1 || world.shifts() != shiftsBefore;
  }

  /** On a busy machine, its thread may come to its code only when the client has stopped. */
  boolean hasItsClientStopped() {
    Phase phase = context.client().status().phase();
    return phase == Phase.STOPPING || phase == Phase.STOPPED;
  }

  boolean wasHitAtCommit() {
    return hitAtCommit;
  }

  /** The blow that is to fall at this place; null for none. */
  Blow next(boolean commit) {
    Blow blow = world.next(commit);
    hitAtCommit |= commit && blow != null;
    return blow;
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
    return dead || context.interruption().isPresent() || wasInShift() || hitAtCommit;
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
    strike();
    world.done(number, code, id, false);
    strike();
  }

  private void strike() {
    requireAlive();
    Blow blow = next(false);
    if (blow == Blow.KILL) {
      dead = true;
    } else if (blow != null) {
      operator.accept(context, blow);
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
    strike();
    ProgramRows.insert(connection, world.number(), id);
    world.done(number, code, id, true);
    strike();
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
