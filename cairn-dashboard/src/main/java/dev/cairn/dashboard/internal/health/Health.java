package dev.cairn.dashboard.internal.health;

import dev.cairn.dashboard.internal.answer.Code;
import dev.cairn.dashboard.internal.answer.Refusal;
import dev.cairn.dashboard.internal.view.HealthView;
import dev.cairn.doctor.Doctor;
import dev.cairn.doctor.Examination;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * What the checks of the database have found. They are made when somebody asks, one examination at
 * a time, however many ask. Thread-safe.
 */
public final class Health {
  private static final Duration KEPT = Duration.ofMinutes(1);

  /** Also for those who want to know it anew: however often they ask, the database has a rest. */
  private static final Duration KEPT_AT_LEAST = Duration.ofSeconds(5);

  /** As for all reads of the dashboard. */
  private static final Duration STATEMENT = Duration.ofSeconds(5);

  /** The page gives up after twenty seconds. */
  private static final Duration EXAMINATION = Duration.ofSeconds(12);

  private static final Duration WAIT = Duration.ofSeconds(15);

  private final Supplier<Examination> doctor;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Duration wait;
  private final ReentrantLock examines = new ReentrantLock();
  private volatile @Nullable Look last;

  /**
   * A look at the database.
   *
   * @param begunNanos by which its age is measured: what was changed while it ran may not be in it
   */
  private record Look(Examination found, Instant at, long begunNanos) {}

  public Health(DataSource dataSource, @Nullable String schema, InstantSource clock) {
    this(
        Doctor.of(dataSource).inSchema(schema).withTimeout(STATEMENT).withTimeLimit(EXAMINATION)
            ::examine,
        clock,
        System::nanoTime,
        WAIT);
  }

  /**
   * @param nanos measures how long ago something was
   * @param wait for an examination that somebody else has asked for
   */
  Health(Supplier<Examination> doctor, InstantSource clock, LongSupplier nanos, Duration wait) {
    this.doctor = doctor;
    this.clock = clock;
    this.nanos = nanos;
    this.wait = wait;
  }

  /**
   * What was found within the last minute, or is found now.
   *
   * @param again whether only a look of the last five seconds will do
   * @throws Refusal if somebody else's examination does not end
   */
  public HealthView look(boolean again) {
    Duration most = again ? KEPT_AT_LEAST : KEPT;
    Look known = youngerThan(most);
    if (known == null) {
      known = examine(most);
    }
    return HealthView.of(known.found(), known.at(), age(known));
  }

  private Duration age(Look look) {
    return Duration.ofNanos(nanos.getAsLong() - look.begunNanos());
  }

  private @Nullable Look youngerThan(Duration most) {
    Look known = last;
    return known != null && age(known).compareTo(most) < 0 ? known : null;
  }

  private Look examine(Duration most) {
    if (!isMyTurn()) {
      throw new Refusal(
          Code.TOO_MANY,
          "The checks that somebody else has asked for take long. Look again in a minute.");
    }
    try {
      Look ofSomebodyElse = youngerThan(most);
      if (ofSomebodyElse != null) {
        return ofSomebodyElse;
      }
      long begun = nanos.getAsLong();
      Instant at = clock.instant();
      Look look = new Look(doctor.get(), at, begun);
      // Of a database that did not answer, nothing is known that would be worth keeping.
      last = answered(look) ? look : null;
      return look;
    } finally {
      examines.unlock();
    }
  }

  private static boolean answered(Look look) {
    return look.found().findings().stream().noneMatch(it -> it.check().equals("connection"));
  }

  private boolean isMyTurn() {
    try {
      return examines.tryLock(wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
