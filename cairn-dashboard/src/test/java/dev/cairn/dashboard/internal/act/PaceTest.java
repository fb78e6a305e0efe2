package dev.cairn.dashboard.internal.act;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cairn.dashboard.internal.answer.Refusal;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PaceTest {
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
  private final Pace pace = new Pace(nanos::get, 2);

  @Test
  void soManyPassInAMinute() {
    pace.pass();
    nanos.addAndGet(TimeUnit.SECONDS.toNanos(30));
    pace.pass();
    nanos.addAndGet(TimeUnit.SECONDS.toNanos(29));
    assertThatExceptionOfType(Refusal.class).isThrownBy(pace::pass);

    nanos.addAndGet(TimeUnit.SECONDS.toNanos(2));
    pace.pass();
    assertThatExceptionOfType(Refusal.class).isThrownBy(pace::pass);
  }
}
