package dev.cairn.benchmarks.measure;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A way to keep jobs in a database and to work them. */
public interface Contender {
  /** What it is called in tables. */
  String name();

  /** How it is set up, for those who doubt the figures. */
  String setting();

  /** Empties its tables and fills them with jobs that are due and do nothing. */
  void fill(int jobs) throws Exception;

  /**
   * Works until every job is finished in the database. The clock is stopped when it returns, or
   * before by {@link Progress#finish()}.
   */
  void work(int jobs, Progress progress) throws Exception;

  /** How many jobs were finished as they should: unless told otherwise, at the first attempt. */
  int finished() throws Exception;

  /** The processor time that its clients have used so far: this JVM's, unless it has others. */
  default Duration cpu() {
    return Duration.ofNanos(
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime());
  }

  /** The bytes of heap that its clients have allocated so far; null where that is not known. */
  default @Nullable Long allocatedBytes() {
    return ManagementFactory.getPlatformMXBean(ThreadMXBean.class).getTotalThreadAllocatedBytes();
  }
}
