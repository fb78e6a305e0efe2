package dev.cairn.benchmarks.measure;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
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
   * Works until every job is finished in the database. The clock stops when this method returns, or
   * earlier at {@link Progress#finish()}.
   */
  void work(int jobs, Progress progress) throws Exception;

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
