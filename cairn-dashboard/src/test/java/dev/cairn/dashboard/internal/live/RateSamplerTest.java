package dev.cairn.dashboard.internal.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.dashboard.internal.read.Reader;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateSamplerTest {
  /** Its thread ended, and no other was started: the curves stayed empty until the restart. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whateverIsThrownIsMeasuredAgain(boolean isError) throws InterruptedException {
    var measurements = new CountDownLatch(3);
    var database =
        (DataSource)
            Proxy.newProxyInstance(
                DataSource.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, arguments) -> {
                  measurements.countDown();
                  if (isError) {
                    throw new OutOfMemoryError("on purpose");
                  }
                  throw new SQLException("on purpose");
                });

    try (var sampler = new RateSampler(new Reader(database, "public"), true, 1)) {
      assertThat(measurements.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(sampler.steps()).isEmpty();
    }
  }
}
