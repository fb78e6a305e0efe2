package dev.cairn.internal.work;

import dev.cairn.ClientStatus.QueueStatus;
import dev.cairn.InterruptionReason;
import dev.cairn.QueueOptions;
import dev.cairn.SchemaException;
import dev.cairn.StoreUnavailableException;
import dev.cairn.internal.claims.ClaimRegister;
import dev.cairn.internal.claims.ClosedRegisterException;
import dev.cairn.internal.claims.HeldClaim;
import dev.cairn.internal.claims.Lease;
import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.concurrent.Nanos;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.ClaimRange;
import dev.cairn.internal.store.ClaimScope;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.JobStore;
import dev.cairn.internal.store.RejectedDataException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Claims the jobs of one queue as slots become free, and passes them to the executor. */
final class Fetcher implements LoneClaims.Claims {
  private static final Log log = Log.of(Fetcher.class);

  private final String queue;
  private final ClaimScope scope;
  private final JobStore jobs;
  private final Claiming claiming;
  private final Shared shared;
  private final PollInterval poll;
  private final long cooldownNanos;
  private final Slots slots;
  private final ClaimDirections directions;
  private final Loop loop;
  private final AtomicBoolean called = new AtomicBoolean();
  private volatile boolean waitsForRoom;

  /** The earliest time of the next fetch, in {@link System#nanoTime()}. Used by the loop only. */
  private long nextFetchNanos = System.nanoTime();

  /** The lease under which the client may claim, and the register of its claims. */
  record Claiming(ClaimRegister register, Lease lease) {}

  /** What the fetchers of all queues of a client share. */
  record Shared(Executor executor, Completer completer, SharedLook looks, FetchReporter reporter) {}

  Fetcher(
      String queue,
      QueueOptions options,
      Slots slots,
      EngineSettings settings,
      JobStore jobs,
      Claiming claiming,
      Shared shared) {
    this.queue = queue;
    this.scope = new ClaimScope(queue, settings.clientId(), settings.kinds());
    this.jobs = jobs;
    this.claiming = claiming;
    this.shared = shared;
    this.poll =
        new PollInterval(
            Objects.requireNonNullElse(options.pollInterval(), settings.pollInterval()));
    this.cooldownNanos =
        Nanos.of(Objects.requireNonNullElse(options.fetchCooldown(), settings.fetchCooldown()));
    this.slots = slots;
    this.directions = new ClaimDirections(queue, this, System.nanoTime());
    this.loop = new Loop("cairn-fetch-" + queue, this::turn);
  }

  void start() {
    slots.tell(this::roomAgain);
    loop.start();
  }

  void stop() {
    loop.stop();
  }

  boolean join(Duration timeout) {
    return loop.join(timeout);
  }

  QueueStatus status() {
    return new QueueStatus(slots.size(), slots.taken(), loop.failingFor().orElse(null));
  }

  Optional<Thread> thread() {
    return loop.thread();
  }

  /** Notes that there may be new jobs. */
  void wake() {
    called.set(true);
    loop.ring();
  }

  /** Notes that slots are free again, or that the completer accepts outcomes again. */
  void roomAgain() {
    if (waitsForRoom) {
      loop.ring();
    }
  }

  private Duration turn() {
    waitsForRoom = true;
    int room = Math.min(slots.free(), shared.completer().room());
    if (room == 0) {
      poll.works(System.nanoTime());
      return Loop.UNTIL_RUNG;
    }
    waitsForRoom = false;
    if (!claiming.lease().isValid()) {
      // The loop is woken when the lease is valid again.
      called.set(true);
      return poll.now(System.nanoTime());
    }
    Duration rest = shared.executor().rest();
    if (rest.isPositive()) {
      return rest;
    }
    long start = System.nanoTime();
    if (start - nextFetchNanos < 0) {
      return Duration.ofNanos(nextFetchNanos - start);
    }
    nextFetchNanos = start + cooldownNanos;
    boolean isDue = poll.takeDue(start);
    boolean wasCalled = called.getAndSet(false) || isDue;
    ClaimRange range = directions.next(wasCalled, start);
    if (wasCalled && range.isBack()) {
      // The new jobs are ahead of the marks, where the next turn looks.
      called.set(true);
    }
    int asked = directions.limit(range, room);
    boolean mayHaveDue = wasCalled || directions.hasMoreAhead() || seesDue(range);
    // Measured from here, because the common look in seesDue covers other queues too. Its duration
    // says nothing about a look back in this queue.
    long begin = System.nanoTime();
    if (mayHaveDue && !range.isBack()) {
      poll.claimed();
    }
    List<ClaimedJob> claimed = mayHaveDue ? claim(range, asked) : List.of();
    if (claimed == null) {
      return Duration.ZERO;
    }
    long end = System.nanoTime();
    boolean limited = claimed.size() == asked;
    directions.looked(range, claimed, limited, begin, end);
    if (mayHaveDue) {
      directions.brought(range, claimed);
    }
    if (!slots.areAllFree() || !claimed.isEmpty() || shared.completer().hasUnwritten()) {
      poll.works(end);
    }
    shared.reporter().report(queue, asked, claimed.size(), Duration.ofNanos(end - start));
    return limited || called.get()
        ? Duration.ZERO
        : poll.rest(directions.rest(shared.looks().untilNext(poll.now(end), end), end), end);
  }

  private boolean seesDue(ClaimRange range) {
    Duration untilDue = shared.looks().untilDue(queue, range, poll.idle());
    if (untilDue.isZero()) {
      return true;
    }
    if (!range.isBack()) {
      poll.looked(untilDue, System.nanoTime());
    }
    return false;
  }

  /**
   * Claims jobs and passes them on. Registers the claims before anything else can fail.
   *
   * @return null if the claim has failed, but jobs could be claimed one by one
   */
  private @Nullable List<ClaimedJob> claim(ClaimRange range, int asked) {
    int lease = claiming.lease().number();
    try (ClaimRegister.Sending sending = claiming.register().prepare()) {
      List<ClaimedJob> claimed = jobs.claim(scope.through(sending::begin), range, asked);
      handOn(claimed, sending.answered(claimed.stream().map(ClaimedJob::claim).toList()), lease);
      return claimed;
    } catch (StoreUnavailableException | SchemaException | ClosedRegisterException e) {
      called.set(true);
      throw e;
    } catch (Throwable e) {
      called.set(true);
      if (directions.failed(range, asked) && claimAlone(range, e)) {
        return null;
      }
      throw e;
    }
  }

  /**
   * Passes claimed jobs to the executor.
   *
   * @param lease the number of the lease under which the statement was sent. If that lease has
   *     ended meanwhile, other clients may already have taken the jobs, so these are handed back at
   *     once
   */
  private void handOn(List<ClaimedJob> claimed, List<HeldClaim> held, int lease) {
    if (!claiming.lease().isStill(lease)) {
      held.forEach(each -> each.interrupt(InterruptionReason.LEASE_LOST));
    }
    slots.take(held.size());
    shared.executor().executeAll(held, claimed, slots::release);
  }

  /**
   * Claims due jobs one by one, after the claim of a single job has failed. Returns whether any
   * could be claimed.
   */
  private boolean claimAlone(ClaimRange range, Throwable reason) {
    return directions.claimAlone(range, most -> jobs.due(scope, range, most), reason);
  }

  @Override
  public boolean mustPause() {
    return slots.free() == 0 || loop.isStopping() || !claiming.lease().isValid();
  }

  @Override
  public boolean setApart(long id, Throwable reason) {
    String why =
        "it could not be claimed, while others could: " + new ForeignFailure(reason).message();
    try {
      if (jobs.setApart(id, why)) {
        log.error(
            "Job {} in queue {} is set apart (discarded): {}. Correct its row and retry the job [CAIRN-516]",
            id,
            queue,
            why,
            reason);
        shared.reporter().setApart(id);
      }
      return true;
    } catch (StoreUnavailableException | SchemaException e) {
      throw e;
    } catch (ContendedException e) {
      // This says nothing about the row.
      log.debug("Job {} cannot be set apart now; will retry soon", id, e);
      return false;
    } catch (RuntimeException | Error e) {
      log.error(
          "Job {} in queue {} can neither be claimed nor set apart: the database refuses every "
              + "change of its row. Look for a trigger or a constraint on river_job [CAIRN-518]",
          id,
          queue,
          e);
      return false;
    }
  }

  @Override
  public LoneClaims.Finding claim(long id) {
    int lease = claiming.lease().number();
    try (ClaimRegister.Sending sending = claiming.register().prepare()) {
      List<ClaimedJob> claimed = jobs.claim(id, scope.through(sending::begin)).stream().toList();
      handOn(claimed, sending.answered(claimed.stream().map(ClaimedJob::claim).toList()), lease);
      return claimed.isEmpty() ? LoneClaims.Finding.UNCLEAR : LoneClaims.Finding.CLAIMED;
    } catch (StoreUnavailableException e) {
      throw e;
    } catch (RejectedDataException e) {
      return LoneClaims.Finding.ODD;
    } catch (RuntimeException | Error e) {
      log.debug("Job {} could not be claimed; will retry later", id, e);
      return LoneClaims.Finding.UNCLEAR;
    }
  }
}
