package dev.cairn.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

class WorldTest {
  /** The next try of a step that a timeout has struck there must not find an empty source. */
  @Test
  void aSourceThatCouldNotBeWrittenIsNotTakenForWritten() {
    var asked = new AtomicInteger();
    var away =
        (DataSource)
            Proxy.newProxyInstance(
                DataSource.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, arguments) -> {
                  asked.incrementAndGet();
                  throw new SQLException("the database is away");
                });
    var world = new World(1, Generator.trial(1), away);

    for (int time = 1; time <= 2; time++) {
      assertThatThrownBy(() -> world.writeRows("each", List.of(List.of(10, 20)), 0))
          .hasMessageContaining("away");
      assertThat(asked).hasValue(time);
    }
  }
}
