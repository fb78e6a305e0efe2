package dev.cairn.testing;

import java.lang.StackWalker.StackFrame;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/*
 * Nobody can tell for whom a thread of a pool works. So those count that are inside of code which
 * is not the JDK's when a run ends, and were not before; and they are proven to work for the job
 * only if what it has done changes while they come to their end. One that does not come to its end
 * within a second, such as a thread of a library that waits in its own code, is never asked again.
 *
 * Only a thread dump lists virtual threads, and on some JDKs a dump ends the process if a virtual
 * thread is mounted meanwhile (JDK-8364343). So each virtual thread that a run begins inherits an
 * object that nothing else refers to: it lives until the garbage collector finds the thread ended.
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

  private static final String OWN = OtherThreads.class.getName();

  private static final List<String> JDK = List.of("java.", "javax.", "jdk.", "sun.", "com.sun.");

  /** Where threads begin that open connections for a pool, or belong to a client. */
  private static final List<String> OF_NO_JOB =
      List.of("org.postgresql.Driver", "com.zaxxer.hikari.", "dev.cairn.internal.");

  /** The superclass of virtual threads, whose constructor is running when one inherits. */
  private static final String VIRTUAL = "java.lang.BaseVirtualThread";

  /** Of those that inherit; negative, so that none is the number of a platform thread. */
  private static final AtomicLong NUMBERS = new AtomicLong();

  private static final InheritableThreadLocal<@Nullable Origin> ORIGIN =
      new InheritableThreadLocal<>() {
        @Override
        protected @Nullable Origin childValue(@Nullable Origin parent) {
          return parent == null ? null : parent.begun().inheritedBy(parent.ofChild());
        }
      };

  private final Callable<EffectCopy> effect;
  private final Set<Long> harmless = new HashSet<>();
  private final VirtualThreads begun = new VirtualThreads();
  private Thread owner = Thread.currentThread();
  private List<Busy> busyAtDeath = List.of();
  private @Nullable EffectCopy effectAtDeath;

  /** A platform thread that is inside of code which is not the JDK's, or a virtual one. */
  private record Busy(long id, String words) {
    /**
     * A platform thread.
     *
     * @param place the innermost code that is not the JDK's
     */
    static Busy in(Thread thread, String place) {
      String name = thread.getName();
      return new Busy(
          thread.threadId(),
          "thread %s in %s"
              .formatted(name.isEmpty() ? "#" + thread.threadId() : "'" + name + "'", place));
    }

    @Override
    public String toString() {
      return words;
    }
  }

  /** What a thread inherits from the one that begins it. */
  private record Origin(VirtualThreads begun, long number, boolean ofVirtual, String place) {
    /** Of the thread that the calling one is just about to create. */
    Origin ofChild() {
      List<StackFrame> frames = StackWalker.getInstance().walk(Stream::toList);
      return new Origin(
          begun,
          NUMBERS.decrementAndGet(),
          frames.stream().anyMatch(frame -> frame.getClassName().equals(VIRTUAL)),
          frames.stream()
              .map(frame -> withoutModule(frame.toString()))
              .filter(place -> isOutsideOfJdk(place) && !place.startsWith(OWN))
              .findFirst()
              .orElse("the JDK"));
    }

    Busy busy() {
      return new Busy(number, "a virtual thread that was begun in " + place);
    }
  }

  /** Those that the runs of a job have begun, and they. */
  private static final class VirtualThreads {
    private final List<WeakReference<Origin>> threads = new ArrayList<>();

    /** Remembers the origin of a virtual thread, for as long as that lives. */
    synchronized Origin inheritedBy(Origin origin) {
      if (origin.ofVirtual()) {
        threads.add(new WeakReference<>(origin));
      }
      return origin;
    }

    /** Those that have not ended. Takes a garbage collection if it has begun any. */
    synchronized List<Busy> alive() {
      if (threads.isEmpty() || !CollectsGarbage.WHEN_ASKED) {
        return List.of();
      }
      System.gc();
      threads.removeIf(thread -> thread.get() == null);
      return threads.stream()
          .map(WeakReference::get)
          .filter(Objects::nonNull)
          .filter(origin -> OF_NO_JOB.stream().noneMatch(origin.place()::startsWith))
          .map(Origin::busy)
          .toList();
    }
  }

  /** Found out when it is needed first. A JVM can be told not to. */
  private static final class CollectsGarbage {
    static final boolean WHEN_ASKED = collects();

    private static boolean collects() {
      var garbage = new WeakReference<>(new Object());
      System.gc();
      return garbage.get() == null;
    }
  }

  /**
   * Treats the threads that are busy now as threads of others.
   *
   * @param effect what the job has done so far
   */
  OtherThreads(Callable<EffectCopy> effect) {
    this.effect = effect;
    platformThreads().forEach(busy -> harmless.add(busy.id()));
  }

  /** What a thread runs which belongs to the run of the calling one, and is not counted itself. */
  static Runnable ofRun(Runnable body) {
    Origin origin = ORIGIN.get();
    return () -> {
      if (origin != null) {
        ORIGIN.set(origin);
      }
      body.run();
    };
  }

  /** A run begins on the calling thread. */
  void begin() {
    owner = Thread.currentThread();
    ORIGIN.set(new Origin(begun, NUMBERS.decrementAndGet(), false, ""));
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
        // For example a list that is being written. The effect is read again at the end.
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
    ORIGIN.remove();
    List<Busy> busy = busy(forks);
    if (busy.isEmpty() && busyAtDeath.isEmpty()) {
      return null;
    }
    EffectCopy atDeath = busyAtDeath.isEmpty() ? null : effectAtDeath;
    EffectCopy before = atDeath == null ? effect.call() : atDeath;
    List<Busy> endless = awaitEnd(busy, forks);
    if (!before.differsFrom(effect.call())) {
      endless.forEach(each -> harmless.add(each.id()));
      return null;
    }
    return Stream.concat(busyAtDeath.stream(), busy.stream())
        .map(Busy::toString)
        .distinct()
        .collect(Collectors.joining(", "));
  }

  /** Waits until the threads are idle or have ended. Returns the others. */
  private List<Busy> awaitEnd(List<Busy> busy, List<Thread> forks) {
    Set<Long> ids = busy.stream().map(Busy::id).collect(Collectors.toSet());
    long start = System.nanoTime();
    List<Busy> rest = busy;
    // Each look takes a garbage collection if there are virtual threads.
    for (long pause = LOOK.toNanos();
        !rest.isEmpty() && System.nanoTime() - start < PATIENCE.toNanos();
        pause += pause / 2) {
      LockSupport.parkNanos(pause);
      rest = busy(forks).stream().filter(each -> ids.contains(each.id())).toList();
    }
    return rest;
  }

  private List<Busy> busy(List<Thread> forks) {
    Set<Long> own = forks.stream().map(Thread::threadId).collect(Collectors.toSet());
    own.add(Thread.currentThread().threadId());
    own.add(owner.threadId());
    return Stream.concat(platformThreads().stream(), begun.alive().stream())
        .filter(busy -> !own.contains(busy.id()) && !harmless.contains(busy.id()))
        .toList();
  }

  private static List<Busy> platformThreads() {
    var busy = new ArrayList<Busy>();
    for (Thread thread : threadsOfUsers()) {
      place(Stream.of(thread.getStackTrace()).map(StackTraceElement::toString))
          .ifPresent(place -> busy.add(Busy.in(thread, place)));
    }
    return busy;
  }

  /** All threads except those of the JVM, because reading a stack costs more than a run. */
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
}
