package dev.cairn.benchmarks.waiting;

import com.sun.management.GarbageCollectionNotificationInfo;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;

/** Records how much each garbage collection of this JVM leaves in the heap. Thread-safe. */
final class HeapWatch {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String RESIDENT_PEAK = "VmHWM:";

  /** G1's name for concurrent work that frees nothing by itself. */
  private static final String NO_COLLECTION = "No GC";

  private final AtomicLong peak = new AtomicLong();
  private final Set<String> pools =
      ManagementFactory.getMemoryPoolMXBeans().stream()
          .filter(pool -> pool.getType() == MemoryType.HEAP)
          .map(MemoryPoolMXBean::getName)
          .collect(Collectors.toSet());

  private HeapWatch() {}

  static HeapWatch start() {
    var watch = new HeapWatch();
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      if (collector instanceof NotificationEmitter emitter) {
        emitter.addNotificationListener((told, nothing) -> watch.hear(told), null, null);
      }
    }
    return watch;
  }

  private void hear(Notification told) {
    if (!told.getType().equals(GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION)) {
      return;
    }
    var collection = GarbageCollectionNotificationInfo.from((CompositeData) told.getUserData());
    if (!collection.getGcCause().equals(NO_COLLECTION)) {
      look(
          collection.getGcInfo().getMemoryUsageAfterGc().entrySet().stream()
              .filter(pool -> pools.contains(pool.getKey()))
              .mapToLong(pool -> pool.getValue().getUsed())
              .sum());
    }
  }

  private void look(long bytes) {
    peak.accumulateAndGet(bytes, Math::max);
  }

  /** The bytes in use after a garbage collection. */
  long held() {
    System.gc();
    long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    look(used);
    return used;
  }

  /** The highest number of bytes that a collection has left. */
  long peak() {
    return peak.get();
  }

  /** The highest number of bytes of memory of this process; 0 if it is unknown. */
  static long residentPeak() throws IOException {
    if (!Files.isReadable(STATUS)) {
      return 0;
    }
    return Files.readAllLines(STATUS).stream()
        .filter(line -> line.startsWith(RESIDENT_PEAK))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1_024)
        .findFirst()
        .orElse(0);
  }
}
