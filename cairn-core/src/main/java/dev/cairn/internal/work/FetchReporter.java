package dev.cairn.internal.work;

import dev.cairn.event.EventKind;
import dev.cairn.event.FetchEvent;
import java.time.Duration;
import java.util.List;

/**
 * Reports each claim, and jobs that cannot be claimed, on the dispatcher's thread, so that a
 * listener that hangs does not stop the queue.
 */
record FetchReporter(EventBus events, EventDispatcher dispatcher, JobReporter jobs) {
  void report(String queue, int wanted, int claimed, Duration duration) {
    if (events.isHeard(EventKind.JOBS_FETCHED)) {
      var fetch = new FetchEvent(queue, wanted, claimed, duration);
      dispatcher.dispatch(() -> events.publish(fetch));
    }
  }

  void setApart(long id) {
    jobs.discarded(List.of(id));
  }
}
