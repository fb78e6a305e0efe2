package dev.cairn.benchmarks.micro;

import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;

/** Arguments of the size that jobs have. */
record Order(String customer, Instant placed, List<Line> lines) {
  /** One of ten. */
  record Line(String article, int pieces, long cents) {}

  static Order ofTenLines() {
    return new Order(
        "customer-4711",
        Instant.parse("2026-01-01T12:00:00Z"),
        IntStream.range(0, 10)
            .mapToObj(number -> new Line("article-" + number, number, 100L * number))
            .toList());
  }
}
