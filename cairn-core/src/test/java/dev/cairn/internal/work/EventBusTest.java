package dev.cairn.internal.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.ListenerTo;
import dev.cairn.TestLogs;
import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.QueueEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class EventBusTest {
  private static final Event PAUSED = new QueueEvent(EventKind.QUEUE_PAUSED, "default");
  private static final Event RESUMED = new QueueEvent(EventKind.QUEUE_RESUMED, "default");

  private final EventBus events = new EventBus();
  private final List<Event> seen = new ArrayList<>();

  private Runnable listen(EventKind... kinds) {
    return events.add(new ListenerTo(Set.of(kinds), seen::add));
  }

  /** Throws what the compiler does not let it throw, as code in other languages does. */
  @SuppressWarnings("unchecked")
  private static <T extends Throwable> Consumer<Event> throwing(Throwable failure) throws T {
    return event -> {
      EventBusTest.<RuntimeException>sneak(failure);
    };
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void sneak(Throwable failure) throws T {
    throw (T) failure;
  }

  @Test
  void aListenerHearsTheKindsThatItAskedForAndNoOthers() {
    listen(EventKind.QUEUE_PAUSED);

    events.publish(PAUSED);
    events.publish(RESUMED);

    assertThat(seen).containsExactly(PAUSED);
    assertThat(events.isHeard(EventKind.QUEUE_PAUSED)).isTrue();
    assertThat(events.isHeard(EventKind.QUEUE_RESUMED)).isFalse();
  }

  @Test
  void whoHasEndedListeningHearsNothing() {
    Runnable one = listen(EventKind.QUEUE_PAUSED);
    Runnable other = listen(EventKind.QUEUE_PAUSED, EventKind.QUEUE_RESUMED);
    one.run();
    one.run();

    events.publish(PAUSED);
    assertThat(seen).hasSize(1);
    other.run();
    events.publish(PAUSED);

    assertThat(seen).hasSize(1);
    assertThat(events.isHeard(EventKind.QUEUE_PAUSED)).isFalse();
  }

  @Test
  void whateverAListenerThrowsTheOthersHear() {
    events.add(ListenerTo.kind(EventKind.QUEUE_PAUSED, throwing(new IOException("one"))));
    events.add(ListenerTo.kind(EventKind.QUEUE_PAUSED, throwing(new AssertionError("two"))));
    listen(EventKind.QUEUE_PAUSED);

    events.publish(PAUSED);

    assertThat(seen).containsExactly(PAUSED);
    assertThat(TestLogs.warnings(ListenerTo.class.getName())).as("it says who").isNotEmpty();
  }

  @Test
  void stepsAndClaimsAreNoOutcomes() {
    assertThat(events.isOutcomeHeard()).isFalse();
    listen(EventKind.CHECKPOINT_SAVED, EventKind.JOBS_FETCHED, EventKind.LEADER_ELECTED);
    assertThat(events.isOutcomeHeard()).isFalse();

    listen(EventKind.JOB_COMPLETED);

    assertThat(events.isOutcomeHeard()).isTrue();
  }
}
