package dev.cairn.benchmarks.measure;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A system that keeps jobs in a database and works them. */
public interface Contender {
  /** The name in tables. */
  String name();

  /** The settings of the contender, for the report. */
  String setting();

  /** Empties the tables and fills them with due jobs that do nothing. */
  void fill(int jobs) throws Exception;

  /**
   * Works until every job is finished in the database. Calls {@link Progress#finish()} as soon as
   * the last outcome is there: closing a client and its pool is not measured.
   */
  void work(int jobs, Progress progress) throws Exception;

  /**
   * Waits until the outcomes of this number of jobs are in the database, and stops the clock then.
   * For contenders that do not report their last outcome. Called when all jobs have been worked.
   *
   * @throws TimeoutException if the outcomes are not there after ten minutes
   */
  default void awaitOutcomes(int jobs, Progress progress) throws Exception {
    long patientUntil = System.nanoTime() + TimeUnit.MINUTES.toNanos(10);
    while (finished() < jobs) {
      if (System.nanoTime() > patientUntil) {
        throw new TimeoutException("%s: the outcomes are not written".formatted(name()));
      }
      TimeUnit.MILLISECONDS.sleep(2);
    }
    progress.finish();
  }

  /** The number of correctly finished jobs. By default, those finished in the first attempt. */
  int finished() throws Exception;

  /** The processor time of the clients so far. By default, that of this JVM. */
  default Duration cpu() {
    return Duration.ofNanos(
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime());
  }

  /** The bytes of heap that the clients have allocated so far; null if this is unknown. */
  default @Nullable Long allocatedBytes() {
    return ManagementFactory.getPlatformMXBean(ThreadMXBean.class).getTotalThreadAllocatedBytes();
  }
}
