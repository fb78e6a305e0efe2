package dev.cairn.dashboard.internal.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class EventStreamTest {
  /** A browser shows comments to nobody, so the page could not see that a stream has died. */
  @Test
  void aSignOfLifeIsAnEvent() throws Exception {
    Queue<Feed.Event> events =
        new ArrayDeque<>(
            List.of(
                new Feed.Event(0, "", false),
                new Feed.Event(1, Feed.event("data", "{}"), false),
                new Feed.Event(1, "", true)));
    var viewer =
        new Feeds.Viewer() {
          @Override
          public Feed.Event next(long millis) {
            return events.remove();
          }

          @Override
          public void close() {}
        };
    var sent = new ArrayList<String>();

    new EventStream(() -> viewer, () -> true).send(sent::add);

    assertThat(sent)
        .containsExactly(
            "retry: 2000\n\n", "event: here\ndata: {}\n\n", "event: data\ndata: {}\n\n");
  }
}
