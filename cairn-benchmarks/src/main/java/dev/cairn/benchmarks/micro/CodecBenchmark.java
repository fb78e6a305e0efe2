package dev.cairn.benchmarks.micro;

import dev.cairn.spi.JacksonCodec;
import dev.cairn.spi.JsonCodec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Arguments to JSON and back, by the default codec. */
@State(Scope.Benchmark)
public class CodecBenchmark {
  private final JsonCodec codec = JacksonCodec.create();
  private final OneField number = new OneField(42);
  private final Order order = Order.ofTenLines();
  private final String numberJson = codec.encode(number);
  private final String orderJson = codec.encode(order);

  /** The smallest arguments there are. */
  record OneField(int number) {}

  /** For JMH. */
  public CodecBenchmark() {}

  /** One number to JSON. */
  @Benchmark
  public String encodeNumber() {
    return codec.encode(number);
  }

  /** One number from JSON. */
  @Benchmark
  public Object decodeNumber() {
    return codec.decode(numberJson, OneField.class);
  }

  /** An order with ten lines to JSON. */
  @Benchmark
  public String encodeOrder() {
    return codec.encode(order);
  }

  /** An order with ten lines from JSON. */
  @Benchmark
  public Object decodeOrder() {
    return codec.decode(orderJson, Order.class);
  }
}
