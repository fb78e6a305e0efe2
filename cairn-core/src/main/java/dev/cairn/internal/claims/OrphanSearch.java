package dev.cairn.internal.claims;

import dev.cairn.CairnException;
import dev.cairn.SchemaException;
import dev.cairn.StoreUnavailableException;
import dev.cairn.internal.claims.ClaimRegister.Sending;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.JobStore;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/*
 * An orphan is a claim of this client that is in the database and not in the register. The two are
 * read one after the other, so a claim that is just being made or just ending could look like an
 * orphan. Therefore:
 *
 * - A claim that ends during the search was in the register before the query: it is not suspicious.
 * - A claim whose answer is on its way belongs to a sending that was registered when the claim was
 *   first suspected. The claim is not certainly an orphan until all sendings of that moment are
 *   over.
 * - A claim that came and went during one search is missing in the next: two searches have to find
 *   it.
 */

/**
 * Hands back jobs that run in this client's name although it does not work them: an answer was
 * lost, a client of the same name has just died, or an outcome was refused. No other client can
 * free these jobs as long as this client sends heartbeats. Used by one thread.
 */
public final class OrphanSearch {
  private static final Log log = Log.of(OrphanSearch.class);

  /** So many failing statements a search, at most. */
  private static final int FAILURES_MAX = 40;

  /** If none could be handed back, the next search waits so long. */
  private static final Duration PAUSE = Duration.ofSeconds(5);

  private static final Duration WARNING_INTERVAL = Duration.ofMinutes(1);

  private final String clientId;
  private final JobStore jobs;
  private final ClaimRegister register;
  private final LongSupplier nanoTime;

  /**
   * The suspicious claims of the last search, each with the sendings that were registered when it
   * was first suspected.
   */
  private Map<Claim, Set<Sending>> suspects = Map.of();

  private volatile Consumer<List<Long>> onHandedBack = ids -> {};
  private @Nullable Long refusedNanos;
  private @Nullable Long warnedNanos;

  public OrphanSearch(String clientId, JobStore jobs, ClaimRegister register) {
    this(clientId, jobs, register, System::nanoTime);
  }

  OrphanSearch(String clientId, JobStore jobs, ClaimRegister register, LongSupplier nanoTime) {
    this.clientId = clientId;
    this.jobs = jobs;
    this.register = register;
    this.nanoTime = nanoTime;
  }

  private boolean isWithin(Duration time, @Nullable Long since) {
    return since != null && nanoTime.getAsLong() - since < time.toNanos();
  }

  /** Sets who hears of the jobs that a search has handed back, by their ids. */
  public void whenHandedBack(Consumer<List<Long>> action) {
    onHandedBack = action;
  }

  /** Whether the last search has found suspicious claims. */
  public boolean isSuspicious() {
    return !suspects.isEmpty();
  }

  /** Searches once, and hands back the claims that are certainly orphans. */
  public void look() {
    if (isWithin(PAUSE, refusedNanos)) {
      return;
    }
    Set<Claim> knownBefore = Set.copyOf(register.all().stream().map(HeldClaim::claim).toList());
    Set<Claim> inDatabase = jobs.claimsOf(clientId);
    Set<Sending> sendings = register.sendings();
    Map<Claim, Set<Sending>> unknown = new HashMap<>();
    List<Claim> orphans = new ArrayList<>();
    for (Claim claim : inDatabase) {
      if (knownBefore.contains(claim) || register.knows(claim)) {
        continue;
      }
      Set<Sending> since = suspects.getOrDefault(claim, sendings);
      unknown.put(claim, since);
      if (suspects.containsKey(claim) && since.stream().noneMatch(sendings::contains)) {
        orphans.add(claim);
      }
    }
    suspects = unknown;
    if (!orphans.isEmpty()) {
      handBack(orphans);
    }
  }

  /**
   * Hands back orphans, and returns those whose claim held. If the database refuses to change one
   * row, the others are still handed back. After some failed statements, the remaining ones are
   * left for the next search, which begins with others.
   */
  private Set<Claim> freed(List<Claim> orphans) {
    var freed = new HashSet<Claim>();
    var failures = new ArrayList<CairnException>();
    Claim refused = null;
    var parts = new ArrayDeque<List<Claim>>(List.of(orphans));
    while (!parts.isEmpty() && failures.size() < FAILURES_MAX) {
      List<Claim> part = parts.removeFirst();
      try {
        freed.addAll(jobs.handBack(clientId, part));
      } catch (StoreUnavailableException | SchemaException e) {
        throw e;
      } catch (CairnException e) {
        // A lock, a time limit, or a trigger, which may refuse a row with any SQLSTATE.
        failures.add(e);
        int half = part.size() / 2;
        if (half == 0) {
          refused = part.getFirst();
        } else {
          parts.addFirst(part.subList(half, part.size()));
          parts.addFirst(part.subList(0, half));
        }
      }
    }
    refusedNanos = freed.isEmpty() && !failures.isEmpty() ? (Long) nanoTime.getAsLong() : null;
    // If each failed only beside others, none was refused.
    if (refused != null && !isWithin(WARNING_INTERVAL, warnedNanos)) {
      warnedNanos = nanoTime.getAsLong();
      log.warn(
          "Could not hand back {} jobs, for example job {}; will retry soon [CAIRN-526]",
          orphans.size() - freed.size(),
          refused.jobId(),
          failures.getLast());
    }
    return freed;
  }

  private void handBack(List<Claim> orphans) {
    Collections.shuffle(orphans);
    Set<Claim> freed = freed(orphans);
    if (!freed.isEmpty()) {
      List<Long> ids = freed.stream().map(Claim::jobId).sorted().toList();
      log.warn(
          "Handed back the jobs {}: they were running in the name of client {}, which does not work"
              + " them [CAIRN-521]",
          ids,
          clientId);
      onHandedBack.accept(ids);
    }
  }
}
