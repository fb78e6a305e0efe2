package dev.cairn.testing;

import dev.cairn.Cairn;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.event.Event;
import dev.cairn.event.EventSubscription;
import dev.cairn.event.JobEvent;
import dev.cairn.spi.Middleware;
import dev.cairn.spi.MiddlewareContext;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Sees one job of a client through its attempt, one at a time. */
final class AttemptWatch implements Middleware {
  private static final Duration LOOK = Duration.ofMillis(200);

  /** How many looks at a job that no longer runs, and has no event, are enough. */
  private static final int LOOKS_WITHOUT_EVENT_MAX = 5;

  private final Map<Long, Throwable> failures = new ConcurrentHashMap<>();
  private volatile Instant now = Instant.MIN;

  @Override
  public void work(MiddlewareContext context, Next next) throws Exception {
    long id = context.job().id();
    failures.remove(id);
    context.waits().shift(Duration.between(context.waits().now(), now));
    try {
      next.proceed();
    } catch (Throwable e) {
      failures.put(id, e);
      throw e;
    }
  }

  /**
   * Works a job and waits for its end, as long as its timeout lets it run.
   *
   * @param before the job as it is
   * @param time by which it waits
   * @throws AssertionError if it cannot be worked
   */
  WorkedJob work(Cairn client, JobRow before, Instant time) {
    now = time;
    try (EventSubscription events = client.subscribe()) {
      if (!client.work(before.id())) {
        throw new AssertionError(
            "job %d (%s) should be worked, but it is not waiting: %s"
                .formatted(before.id(), before.kind(), latest(client, before)));
      }
      Optional<JobEvent> event = await(client, before.id(), events);
      return new WorkedJob(
          event.map(JobEvent::job).orElseGet(() -> latest(client, before)),
          event,
          Optional.ofNullable(failures.get(before.id())));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while job %d was worked".formatted(before.id()), e);
    }
  }

  private static JobRow latest(Cairn client, JobRow before) {
    return client.outside().jobs().find(before.id()).orElse(before);
  }

  private static Optional<JobEvent> await(Cairn client, long id, EventSubscription events)
      throws InterruptedException {
    int inVain = 0;
    while (inVain < LOOKS_WITHOUT_EVENT_MAX) {
      Optional<Event> event = events.poll(LOOK);
      if (event.isPresent() && event.get() instanceof JobEvent end && end.job().id() == id) {
        return Optional.of(end);
      }
      if (event.isEmpty() && !isRunning(client, id)) {
        inVain++;
      }
    }
    return Optional.empty();
  }

  private static boolean isRunning(Cairn client, long id) {
    return client.outside().jobs().find(id).map(JobRow::state).orElse(null) == JobState.RUNNING;
  }
}
