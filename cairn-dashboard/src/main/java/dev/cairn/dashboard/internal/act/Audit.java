package dev.cairn.dashboard.internal.act;

import dev.cairn.dashboard.internal.answer.UnknownOutcome;
import dev.cairn.dashboard.internal.view.Views.AuditEntry;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers the newest acts of this dashboard, and writes each to the log {@code
 * dev.cairn.dashboard.audit}. Thread-safe.
 */
public final class Audit {
  private static final Logger log = LoggerFactory.getLogger("dev.cairn.dashboard.audit");

  private static final int KEPT_MAX = 500;

  private final InstantSource clock;
  private final Deque<AuditEntry> entries = new ArrayDeque<>();

  public Audit(InstantSource clock) {
    this.clock = clock;
  }

  /** Notes an act that was done. */
  public void note(String user, String verb, String target, @Nullable String reason) {
    var entry = new AuditEntry(clock.instant(), user, verb, target, reason);
    log.info(
        "{} by {} on {}{}",
        plain(verb),
        plain(user),
        plain(target),
        reason == null ? "" : ": " + plain(reason));
    synchronized (entries) {
      entries.addFirst(entry);
      if (entries.size() > KEPT_MAX) {
        entries.removeLast();
      }
    }
  }

  /** Writes the ids of jobs that a bulk act has changed to the log, and nowhere else. */
  void jobs(String user, String verb, List<Long> ids) {
    log.info("{} by {} changed jobs {}", plain(verb), plain(user), ids);
  }

  /** Writes, and notes the act if nobody knows whether it was done. */
  <T> T noteUnknown(
      String user, String verb, String target, @Nullable String reason, Supplier<T> write) {
    return noteUnknown(user, verb, () -> target, reason, write);
  }

  /**
   * Writes, and notes the act if nobody knows whether it was done.
   *
   * @param target may only be known by what the writing has read
   */
  <T> T noteUnknown(
      String user,
      String verb,
      Supplier<String> target,
      @Nullable String reason,
      Supplier<T> write) {
    try {
      return write.get();
    } catch (UnknownOutcome e) {
      note(user, verb, target.get() + ", outcome unknown", reason);
      throw e;
    }
  }

  /** A line of a log has only one line. */
  private static String plain(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }

  /** The newest first. */
  public List<AuditEntry> newest() {
    synchronized (entries) {
      return List.copyOf(entries);
    }
  }
}
