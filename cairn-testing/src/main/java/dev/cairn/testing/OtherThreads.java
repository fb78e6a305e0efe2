package dev.cairn.testing;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/*
 * Nobody can tell for whom a thread of a pool works. So those count that are inside of code which
 * is not the JDK's when a run ends, and were not before; and they are proven to work for the job
 * only if what it has done changes while they come to their end. One that does not come to its end
 * within a second, such as a thread of a library that waits in its own code, is never asked again.
 */

/** Finds threads that still work for a job whose run is over. Used by one thread at a time. */
final class OtherThreads {
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final Duration LOOK = Duration.ofMillis(1);

  /** For branches to come to their next call. One may wait for what the killed one would do. */
  private static final Duration PATIENCE_AT_DEATH = Duration.ofMillis(100);

  /** Where threads wait for others of the same run. */
  private static final List<String> OF_CAIRN =
      List.of("dev.cairn.resumable.", "dev.cairn.testing.RunWatch.", "dev.cairn.testing.Memory");

  /** The thread groups of the collector's and the cleaner's threads, and the like. */
  private static final Set<String> GROUPS_OF_JVM = Set.of("system", "InnocuousThreadGroup");

  /** That may begin while they are counted. */
  private static final int MORE_THREADS = 64;

  private static final List<String> JDK = List.of("java.", "javax.", "jdk.", "sun.", "com.sun.");

  /** Where threads begin that open connections for whoever needs one, or are a client's own. */
  private static final List<String> OF_NO_JOB =
      List.of("org.postgresql.Driver", "com.zaxxer.hikari.", "dev.cairn.internal.");

  /** Counts the threads that the worker has begun, and they: each inherits the counter. */
  private static final InheritableThreadLocal<AtomicInteger> BEGUN =
      new InheritableThreadLocal<>() {
        @Override
        protected AtomicInteger initialValue() {
          return new AtomicInteger();
        }

        @Override
        protected AtomicInteger childValue(AtomicInteger parent) {
          parent.incrementAndGet();
          return parent;
        }
      };

  private final Callable<@Nullable Object> effect;
  private final Set<Long> harmless = new HashSet<>();
  private AtomicInteger begun = new AtomicInteger();
  private Thread owner = Thread.currentThread();
  private List<Busy> busyAtDeath = List.of();
  private @Nullable Object effectAtDeath;

  /**
   * A thread that is inside of code which is not the JDK's.
   *
   * @param place the innermost such code
   */
  private record Busy(long id, String name, String place) {
    @Override
    public String toString() {
      return "thread %s in %s".formatted(name.isEmpty() ? "#" + id : "'" + name + "'", place);
    }
  }

  /**
   * Takes the threads that are busy now for those of others.
   *
   * @param effect what the job has done so far
   */
  OtherThreads(Callable<@Nullable Object> effect) {
    this.effect = effect;
    platformThreads().forEach(busy -> harmless.add(busy.id()));
  }

  /** What a thread runs which belongs to the run of the calling one, and is not counted itself. */
  static Runnable ofRun(Runnable body) {
    AtomicInteger counter = BEGUN.get();
    return () -> {
      BEGUN.set(counter);
      body.run();
    };
  }

  /** A run begins on the calling thread. */
  void begin() {
    begun = new AtomicInteger();
    owner = Thread.currentThread();
    BEGUN.set(begun);
    busyAtDeath = List.of();
  }

  /** The run is killed, on whatever thread of it. */
  void atDeath(RunWatch run) {
    if (busy(run.forks()).isEmpty() || !areAtRest(run.forks())) {
      return;
    }
    List<Busy> busy = busy(run.forks());
    if (!busy.isEmpty()) {
      try {
        effectAtDeath = effect.call();
        busyAtDeath = busy;
      } catch (Exception e) {
        // Such as that of a list which is just written: it is asked again at the end.
      }
    }
  }

  /**
   * Whether all but the calling one have ended or wait for each other, so that they wait for no
   * other thread: each that works is told at its next call that the run is over.
   */
  private static boolean areAtRest(List<Thread> forks) {
    long start = System.nanoTime();
    while (!forks.stream().allMatch(OtherThreads::isAtRest)) {
      if (System.nanoTime() - start > PATIENCE_AT_DEATH.toNanos()) {
        return false;
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
    return true;
  }

  private static boolean isAtRest(Thread fork) {
    if (fork == Thread.currentThread() || !fork.isAlive()) {
      return true;
    }
    boolean works = fork.getState() == Thread.State.RUNNABLE;
    return !works
        && Stream.of(fork.getStackTrace())
            .map(frame -> withoutModule(frame.toString()))
            .filter(OtherThreads::isOutsideOfJdk)
            .findFirst()
            .filter(place -> OF_CAIRN.stream().anyMatch(place::startsWith))
            .isPresent();
  }

  /**
   * The run has ended on the calling thread. Waits for threads that are still busy.
   *
   * @param forks the threads of the run that its steps have waited for
   * @return which threads have gone on, in words; null if none has
   */
  @Nullable String afterEnd(List<Thread> forks) throws Exception {
    BEGUN.remove();
    List<Busy> busy = busy(forks);
    if (busy.isEmpty() && busyAtDeath.isEmpty()) {
      return null;
    }
    Object before = busyAtDeath.isEmpty() ? effect.call() : effectAtDeath;
    List<Busy> endless = awaitEnd(busy, forks);
    if (Objects.equals(before, effect.call())) {
      endless.forEach(each -> harmless.add(each.id()));
      return null;
    }
    return Stream.concat(busyAtDeath.stream(), busy.stream())
        .map(Busy::toString)
        .distinct()
        .collect(Collectors.joining(", "));
  }

  /** Waits until they are idle or have ended. Returns those of which none of that is true. */
  private List<Busy> awaitEnd(List<Busy> busy, List<Thread> forks) {
    Set<Long> ids = busy.stream().map(Busy::id).collect(Collectors.toSet());
    long start = System.nanoTime();
    List<Busy> rest = busy;
    while (!rest.isEmpty() && System.nanoTime() - start < PATIENCE.toNanos()) {
      LockSupport.parkNanos(LOOK.toNanos());
      rest = busy(forks).stream().filter(each -> ids.contains(each.id())).toList();
    }
    return rest;
  }

  private List<Busy> busy(List<Thread> forks) {
    Set<Long> own = forks.stream().map(Thread::threadId).collect(Collectors.toSet());
    own.add(Thread.currentThread().threadId());
    own.add(owner.threadId());
    List<Busy> all = begun.get() > 0 ? allThreads() : platformThreads();
    return all.stream()
        .filter(busy -> !own.contains(busy.id()) && !harmless.contains(busy.id()))
        .toList();
  }

  private static List<Busy> platformThreads() {
    var busy = new ArrayList<Busy>();
    for (Thread thread : threadsOfUsers()) {
      place(Stream.of(thread.getStackTrace()).map(StackTraceElement::toString))
          .ifPresent(place -> busy.add(new Busy(thread.threadId(), thread.getName(), place)));
    }
    return busy;
  }

  /** All but those of the JVM itself: a stack costs more than a run. */
  private static List<Thread> threadsOfUsers() {
    ThreadGroup root = Thread.currentThread().getThreadGroup();
    while (root.getParent() != null) {
      root = root.getParent();
    }
    var threads = new Thread[2 * root.activeCount() + MORE_THREADS];
    int count = root.enumerate(threads);
    return Stream.of(threads).limit(count).filter(OtherThreads::isOfUser).toList();
  }

  private static boolean isOfUser(Thread thread) {
    ThreadGroup group = thread.getThreadGroup();
    return group != null && !GROUPS_OF_JVM.contains(group.getName());
  }

  /** With the virtual ones, of which only a dump tells. */
  private static List<Busy> allThreads() {
    Path folder = null;
    try {
      folder = Files.createTempDirectory("cairn-threads");
      Path dump = folder.resolve("dump.json");
      ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
          .dumpThreads(dump.toString(), ThreadDumpFormat.JSON);
      return threadsOf(JsonMapper.shared().readTree(Files.readString(dump)));
    } catch (IOException | IllegalArgumentException | LinkageError e) {
      // A JVM that is not HotSpot, or without its module jdk.management.
      return platformThreads();
    } finally {
      delete(folder);
    }
  }

  private static List<Busy> threadsOf(JsonNode dump) {
    var busy = new ArrayList<Busy>();
    for (JsonNode container : dump.path("threadDump").path("threadContainers")) {
      for (JsonNode thread : container.path("threads")) {
        place(thread.path("stack").valueStream().map(frame -> frame.asString("")))
            .ifPresent(place ->
                busy.add(
                    new Busy(
                        thread.path("tid").asLong(0), thread.path("name").asString(""), place)));
      }
    }
    return busy;
  }

  /**
   * The innermost of frames that is not the JDK's; none if the thread works for no job of the run.
   */
  private static Optional<String> place(Stream<String> frames) {
    List<String> places =
        frames.map(OtherThreads::withoutModule).filter(OtherThreads::isOutsideOfJdk).toList();
    return places.isEmpty() || OF_NO_JOB.stream().anyMatch(places.getLast()::startsWith)
        ? Optional.empty()
        : Optional.of(places.getFirst());
  }

  private static String withoutModule(String frame) {
    int end = frame.indexOf('(');
    return frame.substring(frame.lastIndexOf('/', end < 0 ? frame.length() : end) + 1);
  }

  private static boolean isOutsideOfJdk(String place) {
    return JDK.stream().noneMatch(place::startsWith);
  }

  private static void delete(@Nullable Path folder) {
    try {
      if (folder != null) {
        Files.deleteIfExists(folder.resolve("dump.json"));
        Files.deleteIfExists(folder);
      }
    } catch (IOException e) {
      // It lies in the temporary folder.
    }
  }
}
