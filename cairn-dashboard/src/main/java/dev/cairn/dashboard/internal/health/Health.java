package dev.cairn.dashboard.internal.health;

import dev.cairn.dashboard.internal.answer.Code;
import dev.cairn.dashboard.internal.answer.Refusal;
import dev.cairn.dashboard.internal.view.HealthView;
import dev.cairn.doctor.Doctor;
import dev.cairn.doctor.Examination;
import dev.cairn.doctor.Finding;
import dev.cairn.doctor.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the checks of the database have found. They are made when somebody asks, one examination at
 * a time. All who ask meanwhile wait for its result, and then the database has a rest. Thread-safe.
 *
 * <p>An examination has a thread of its own. No timeout of the server ends the waiting for a
 * connection, or for a host that has vanished, so an examination that takes too long is given up.
 */
public final class Health {
  private static final Logger log = LoggerFactory.getLogger(Health.class);

  private static final Duration KEPT = Duration.ofMinutes(1);

  /** As for all reads of the dashboard. */
  private static final Duration STATEMENT = Duration.ofSeconds(5);

  private static final Duration EXAMINATION = Duration.ofSeconds(12);

  /** The page gives up after twenty seconds. */
  private static final Duration MOST = Duration.ofSeconds(15);

  private static final Duration REST_LEAST = Duration.ofSeconds(5);

  /** The rest is as many times as long as the examination: a fifth of the time is spent on them. */
  private static final int REST = 4;

  /** Each of them holds a thread of the application's server. */
  private static final int WAITERS_MAX = 8;

  /** Those that do not end though they were given up and interrupted: each holds a connection. */
  private static final int LOST_MAX = 3;

  private final List<String> checks;
  private final Function<Consumer<Finding>, Examination> doctor;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Duration most;

  /** Guards all below, and is never held while the database is asked. */
  private final ReentrantLock lock = new ReentrantLock();

  private @Nullable Look last;
  private @Nullable Examining current;
  private int lost;

  /**
   * A look at the database.
   *
   * @param begunNanos by which its age is measured: what was changed while it ran may not be in it
   * @param endedNanos when the rest began
   */
  private record Look(Examination found, Instant at, long begunNanos, long endedNanos) {
    /** Without an answer, the database had nothing to do, and may be back soon. */
    Duration rest() {
      if (!answered()) {
        return REST_LEAST;
      }
      Duration rest = Duration.ofNanos(endedNanos - begunNanos).multipliedBy(REST);
      return rest.compareTo(REST_LEAST) < 0 ? REST_LEAST : rest;
    }

    boolean answered() {
      return found.findings().stream().noneMatch(it -> it.check().equals("connection"));
    }
  }

  public Health(DataSource dataSource, @Nullable String schema, InstantSource clock) {
    this(
        Doctor.of(dataSource).inSchema(schema).withTimeout(STATEMENT).withTimeLimit(EXAMINATION),
        clock);
  }

  private Health(Doctor doctor, InstantSource clock) {
    this(doctor.checks(), doctor::examine, clock, System::nanoTime, MOST);
  }

  /**
   * @param checks the names of all checks
   * @param doctor tells each finding as soon as it is made
   * @param nanos measures how long ago something was
   * @param most after which an examination is given up
   */
  Health(
      List<String> checks,
      Function<Consumer<Finding>, Examination> doctor,
      InstantSource clock,
      LongSupplier nanos,
      Duration most) {
    this.checks = List.copyOf(checks);
    this.doctor = doctor;
    this.clock = clock;
    this.nanos = nanos;
    this.most = most;
  }

  /**
   * What was found within the last minute, or is found now.
   *
   * @param again whether nothing older will do than the rest of the database needs
   * @throws Refusal if too many wait for an examination
   */
  public HealthView look(boolean again) {
    Look look = known(again);
    return HealthView.of(look.found(), look.at(), ageOf(look), restOf(look));
  }

  private Look known(boolean again) {
    Examining examining;
    lock.lock();
    try {
      Look known = last;
      if (known != null && (isEnough(known, again) || lost >= LOST_MAX)) {
        return known;
      }
      examining = joined();
    } finally {
      lock.unlock();
    }
    return examining.result();
  }

  private Duration ageOf(Look look) {
    return Duration.ofNanos(nanos.getAsLong() - look.begunNanos());
  }

  /** How long nobody may look again. */
  private Duration restOf(Look look) {
    long left = look.rest().toNanos() - (nanos.getAsLong() - look.endedNanos());
    return Duration.ofNanos(Math.max(left, 0));
  }

  /** Of a database that did not answer, nothing is known that is worth more than the rest. */
  private boolean isEnough(Look look, boolean again) {
    return restOf(look).isPositive()
        || (!again && look.answered() && ageOf(look).compareTo(KEPT) < 0);
  }

  /** The examination under way, or a new one. */
  private Examining joined() {
    Examining examining = current;
    if (examining == null) {
      examining = new Examining(clock.instant(), nanos.getAsLong());
      // A thread that cannot be started leaves nothing behind for which others would wait.
      examining.thread.start();
      current = examining;
    }
    if (examining.waiters >= WAITERS_MAX) {
      throw new Refusal(
          Code.TOO_MANY,
          "Too many wait for the checks that are being made. Look again in a minute.");
    }
    examining.waiters++;
    return examining;
  }

  /** How many wait for the examination under way; for tests. */
  int waiters() {
    lock.lock();
    try {
      return current == null ? 0 : current.waiters;
    } finally {
      lock.unlock();
    }
  }

  /** An examination under way, and those who wait for it. */
  private final class Examining {
    private final Instant at;
    private final long begunNanos;
    private final long until = System.nanoTime() + most.toNanos();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread thread =
        Thread.ofVirtual().name("cairn-dashboard-health").unstarted(this::run);

    /** What was found so far. */
    private final List<Finding> told = new CopyOnWriteArrayList<>();

    private int waiters;
    private @Nullable Look look;

    Examining(Instant at, long begunNanos) {
      this.at = at;
      this.begunNanos = begunNanos;
    }

    private void run() {
      Examination found = examined();
      lock.lock();
      try {
        if (look != null) {
          lost--;
          return;
        }
        end(found);
      } finally {
        lock.unlock();
      }
      log(found);
    }

    private Examination examined() {
      try {
        return doctor.apply(told::add);
      } catch (Throwable e) {
        // A data source may throw anything, and those who wait need an answer.
        return problem("checks", "the checks have failed", "see the log of the dashboard", e);
      }
    }

    private Look end(Examination found) {
      Look ending = new Look(found, at, begunNanos, nanos.getAsLong());
      look = ending;
      last = ending;
      current = null;
      ended.countDown();
      return ending;
    }

    /** Its result, or that there is none in time. */
    Look result() {
      boolean isInTime = false;
      try {
        isInTime = ended.await(until - System.nanoTime(), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      lock.lock();
      try {
        waiters--;
        if (look != null) {
          return look;
        }
        if (!isInTime && System.nanoTime() - until < 0) {
          throw new Refusal(Code.TOO_MANY, "The wait for the checks was interrupted.");
        }
        return giveUp();
      } finally {
        lock.unlock();
      }
    }

    private Look giveUp() {
      lost++;
      var found = new ArrayList<>(told);
      // Ends the waiting for a pool and, on a virtual thread, for a socket.
      thread.interrupt();
      log.warn(
          "The checks of the health page were given up after {} ms: check the network, and whether"
              + " the pool of the dashboard has connections left [CAIRN-535]",
          most.toMillis());
      var left = new ArrayList<>(checks);
      found.forEach(finding -> left.remove(finding.check()));
      found.add(
          new Finding(
              Level.PROBLEM,
              "connection",
              "the checks were given up, because there was no connection, or no answer"
                  + (left.isEmpty() ? "" : ". Not checked: " + String.join(", ", left)),
              "check the network and the server, and whether the pool of the dashboard has"
                  + " connections left"));
      return end(new Examination(found, Map.of()));
    }
  }

  private static Examination problem(
      String check, String what, String todo, @Nullable Throwable failure) {
    return new Examination(
        List.of(new Finding(Level.PROBLEM, check, what, todo, failure)), Map.of());
  }

  /** Readers of the page do not see the message of an exception. */
  private static void log(Examination found) {
    for (Finding finding : found.findings()) {
      // A note is that a role may not see something, at each look.
      if (finding.failure() != null && finding.level() != Level.NOTE) {
        log.warn(
            "Check {} of the health page: {} [CAIRN-535]",
            finding.check(),
            finding.what(),
            finding.failure());
      }
    }
  }
}
