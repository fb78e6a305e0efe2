package dev.cairn.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.WorkContext;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30) // less than a worker waits in vain
class PaceTest {
  private static final int FILES = 1_000;
  private static final Found FOUND = new Found(FILES, 0);

  @TempDir private Path folder = Path.of("");

  private final AtomicInteger waits = new AtomicInteger();

  /** Is asked for an interruption after each wait; the attack comes after some of them. */
  private final WorkContext context =
      (WorkContext)
          Proxy.newProxyInstance(
              PaceTest.class.getClassLoader(),
              new Class<?>[] {WorkContext.class},
              (proxy, method, arguments) -> {
                if (waits.incrementAndGet() == 3) {
                  Pace.noteAttack(folder);
                }
                return null;
              });

  private int waitsUntil(Pace pace, long done, long next) throws Exception {
    waits.set(0);
    pace.await(done, next, FOUND, context);
    return waits.get();
  }

  /** One attack in each half of the work. */
  @Test
  void aWorkerWaitsOnlyWhereItWouldPassAnAttack() throws Exception {
    var pace = new Pace(folder, new KillPlan(2, 11));

    assertThat(waitsUntil(pace, 0, 25)).isZero();
    assertThat(waitsUntil(pace, 400, 425)).as("the first one is due").isZero();
    assertThat(waitsUntil(pace, 900, 925)).as("the second one, too").isEqualTo(3);
    assertThat(waitsUntil(pace, 900, 925)).isZero();
    assertThat(waitsUntil(pace, 990, FILES)).as("the end").isEqualTo(3);
    assertThat(waitsUntil(pace, 990, FILES)).isZero();
  }

  /** Otherwise the demo would wait for it after a failover, and it for the demo. */
  @Test
  void theDemoSeesAfterWhichAttackAWorkerWaits() throws Exception {
    var pace = new Pace(folder, new KillPlan(2, 11));
    assertThat(Pace.waitsAfter(folder, 0)).isFalse();

    assertThat(waitsUntil(pace, 900, 925)).isEqualTo(3);
    assertThat(Pace.waitsAfter(folder, 0)).isTrue();
    assertThat(Pace.waitsAfter(folder, 1)).as("not yet after the first one").isFalse();

    assertThat(waitsUntil(pace, 990, FILES)).isEqualTo(3);
    assertThat(Pace.waitsAfter(folder, 1)).isTrue();
    assertThat(Pace.waitsAfter(folder, 2)).isFalse();
  }

  @Test
  void withoutAttacksNobodyWaits() throws Exception {
    assertThat(waitsUntil(new Pace(folder, new KillPlan(0, 11)), 990, FILES)).isZero();
  }
}
