package dev.cairn;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.cairn.source.Source;
import dev.cairn.spi.JacksonCodec;
import dev.cairn.spi.JsonCodec;
import java.lang.reflect.Type;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Foreign code that works, but for one place where it misbehaves. */
final class PoisonedPieces {
  private PoisonedPieces() {}

  /** Blocks until it is interrupted. */
  static final class PoisonedChannel extends AbstractInterruptibleChannel {
    private final Poison poison;

    PoisonedChannel(Poison poison) {
      this.poison = poison;
    }

    @Override
    protected void implCloseChannel() {
      poison.take();
    }

    void read() throws Exception {
      begin();
      try {
        while (!Thread.currentThread().isInterrupted()) {
          LockSupport.parkNanos(this, Duration.ofMillis(10).toNanos());
        }
      } finally {
        end(false);
      }
    }
  }

  /** A cursor with an order of its own. */
  static final class Position implements Comparable<Position> {
    private final int number;
    private final transient @Nullable Poison poison;

    @JsonCreator
    Position(@JsonProperty("number") int number) {
      this(number, null);
    }

    Position(int number, @Nullable Poison poison) {
      this.number = number;
      this.poison = poison;
    }

    public int getNumber() {
      return number;
    }

    @Override
    public int compareTo(Position other) {
      if (other.poison != null) {
        other.poison.take();
      }
      return Integer.compare(number, other.number);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Position that && number == that.number;
    }

    @Override
    public int hashCode() {
      return number;
    }
  }

  /** Misbehaves with the values of the poisoned job. */
  record PoisonedCodec(ForeignScene scene) implements JsonCodec {
    private static final JacksonCodec TARGET = JacksonCodec.create();

    @Override
    public String encode(@Nullable Object value) {
      if ("poisoned".equals(value)) {
        scene.poison.take();
      }
      return TARGET.encode(value);
    }

    @Override
    public String encodeExactly(@Nullable Object value) {
      if ("poisoned exactly".equals(value)) {
        scene.poison.take();
      }
      return TARGET.encodeExactly(value);
    }

    @Override
    public <T> T decode(String json, Class<T> type) {
      if (json.contains("poisoned")) {
        scene.poison.take();
      }
      return TARGET.decode(json, type);
    }

    @Override
    public @Nullable Object decodeExactly(String json, Type type) {
      if (json.contains("read it")) {
        scene.poison.take();
      }
      return TARGET.decodeExactly(json, type);
    }
  }

  /** Misbehaves on the threads of jobs. */
  static final class PoisonedClock extends Clock {
    private final Poison poison;

    PoisonedClock(Poison poison) {
      this.poison = poison;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      if (Thread.currentThread().getName().startsWith("cairn-job-")) {
        poison.take();
      }
      return Instant.now();
    }
  }

  /** One item, and a place where it misbehaves. */
  record PoisonedSource(Poison poison, String place) implements Source<String, Integer> {
    @Override
    public Type cursorType() {
      return Integer.class;
    }

    @Override
    public Reader<String, Integer> open(@Nullable Integer after, Optional<String> pinned) {
      comeTo("open");
      var left = new ArrayList<>(List.of(new Item<>("item", 1)));
      return new Reader<>() {
        @Override
        public @Nullable Item<String, Integer> next() {
          comeTo("next");
          return left.isEmpty() ? null : left.removeFirst();
        }

        @Override
        public void close() {
          comeTo("close");
        }
      };
    }

    private void comeTo(String here) {
      if (place.equals(here)) {
        poison.take();
      }
    }
  }
}
