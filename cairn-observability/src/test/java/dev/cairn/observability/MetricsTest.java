package dev.cairn.observability;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MetricsTest {
  /** A program that adds and removes queues of ever new names had meters of all of them. */
  @Test
  void noMoreThanAThousandQueuesAreToldApart() {
    var metrics = new Metrics(new SimpleMeterRegistry());
    Set<String> tags = new HashSet<>();
    for (int number = 0; number < 1_500; number++) {
      tags.add(metrics.queue("import-" + number));
    }

    assertThat(tags).hasSize(1_001).contains("other", "import-0", "import-999");
    assertThat(metrics.queue("import-7")).isEqualTo("import-7");
  }
}
