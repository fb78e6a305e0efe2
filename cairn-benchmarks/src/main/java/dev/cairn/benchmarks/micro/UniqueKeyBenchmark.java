package dev.cairn.benchmarks.micro;

import dev.cairn.Unique;
import dev.cairn.UniqueOptions;
import dev.cairn.internal.store.UniqueKey;
import dev.cairn.spi.JacksonCodec;
import dev.cairn.spi.JsonCodec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The key of a unique job, computed for every insertion of one. */
@State(Scope.Benchmark)
public class UniqueKeyBenchmark {
  private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

  private final UniqueOptions byArgs = UniqueOptions.byKind().withArgs();
  private final UniqueOptions byPeriod = UniqueOptions.byKind().withPeriod(Duration.ofHours(1));
  private final JsonCodec codec = JacksonCodec.create();
  private final Order order = Order.ofTenLines();
  private final Marked marked = new Marked(order.customer(), order.placed(), order.lines());

  /** An order of which one field counts. */
  record Marked(@Unique String customer, Instant placed, List<Order.Line> lines) {}

  /** For JMH. */
  public UniqueKeyBenchmark() {}

  /** By all arguments of an order with ten lines. */
  @Benchmark
  public UniqueKey byAllArguments() {
    return UniqueKey.of(byArgs, "order", "default", () -> codec.encodeUnique(order), NOW);
  }

  /** By one of its fields. */
  @Benchmark
  public UniqueKey byOneField() {
    return UniqueKey.of(byArgs, "order", "default", () -> codec.encodeUnique(marked), NOW);
  }

  /** By kind and hour, whatever the arguments are. */
  @Benchmark
  public UniqueKey byPeriod() {
    return UniqueKey.of(byPeriod, "order", "default", () -> "", NOW);
  }
}
