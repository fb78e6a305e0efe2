package dev.cairn.programs;

import dev.cairn.programs.Node.TextFile;
import dev.cairn.programs.Plan.Blow;
import dev.cairn.programs.Plan.Hit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The world outside of one job's database: what has been done to it is never undone, whatever
 * becomes of the attempt that did it. Thread-safe.
 */
final class World {
  /**
   * Something that was done.
   *
   * @param attempt which attempt did it, from 1
   * @param row whether it is a row that a transaction was about to write
   */
  record Deed(int attempt, String id, boolean row) {}

  private static final Path FOLDER = folder();

  private final long number;
  private final Trial trial;
  private final Map<Path, Boolean> folders = new HashMap<>();
  private final Queue<Deed> deeds = new ConcurrentLinkedQueue<>();
  private final Queue<String> complaints = new ConcurrentLinkedQueue<>();
  private final Map<String, AtomicInteger> executions = new ConcurrentHashMap<>();
  private final Set<String> failed = ConcurrentHashMap.newKeySet();
  private final Map<String, Integer> produced = new ConcurrentHashMap<>();
  private final Map<String, String> keys = new ConcurrentHashMap<>();
  private final Map<Blow, AtomicInteger> places = new ConcurrentHashMap<>();
  private final AtomicInteger attempts = new AtomicInteger();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger struck = new AtomicInteger();
  private final AtomicInteger values = new AtomicInteger();
  private volatile boolean cured;
  private volatile int attemptsBefore;

  World(long number, Trial trial) {
    this.number = number;
    this.trial = trial;
  }

  long number() {
    return number;
  }

  Trial trial() {
    return trial;
  }

  int nextAttempt() {
    return attempts.incrementAndGet();
  }

  int attempts() {
    return attempts.get();
  }

  void begins() {
    running.incrementAndGet();
  }

  void ends() {
    running.decrementAndGet();
  }

  /** A client stops: if an attempt runs it may be one of its. */
  void clientStops() {
    if (running.get() > 0) {
      struck();
    }
  }

  /** The job has been struck from outside, so that it may do again what it has done. */
  void struck() {
    struck.incrementAndGet();
  }

  int timesStruck() {
    return struck.get();
  }

  /** Nothing fails any more, and an operator has something done again. */
  void cure() {
    cured = true;
    attemptsBefore = attempts.get();
  }

  /** How far the job has come. */
  Meaning.Seen seen() {
    int all = attempts.get();
    return new Meaning.Seen(cured ? attemptsBefore : all, all);
  }

  List<Deed> deeds() {
    return List.copyOf(deeds);
  }

  void done(int attempt, String id, boolean row) {
    deeds.add(new Deed(attempt, id, row));
  }

  /** Whether this is one of the first times that the code comes here. */
  boolean isAmongFirst(String id, int times) {
    boolean first = !cured && executed(id) <= times;
    if (first) {
      failed.add(id);
    }
    return first;
  }

  private int executed(String id) {
    return executions.computeIfAbsent(id, key -> new AtomicInteger()).incrementAndGet();
  }

  /** Whether something has failed, in whatever attempt. */
  boolean hasFailed(String id) {
    return failed.contains(id);
  }

  int produce(String step) {
    int value = values.incrementAndGet();
    produced.put(step, value);
    return value;
  }

  void requireLastProduced(String step, int value) {
    Integer last = produced.get(step);
    if (last == null || last != value) {
      complain("step %s gave %d, and its last run had given %s".formatted(step, value, last));
    }
  }

  void requireSameKey(String id, String key) {
    String first = keys.putIfAbsent(id, key);
    if (first != null && !first.equals(key)) {
      complain("the idempotency keys of %s change from attempt to attempt".formatted(id));
    }
  }

  /**
   * A folder of this world. It changes once: an attempt that goes on in spite of the next one finds
   * what that one has found.
   *
   * @param later whether it is as from the second attempt on
   * @param files null for no folder
   */
  synchronized Path folder(String name, boolean later, int width, List<TextFile> files)
      throws IOException {
    Path folder = FOLDER.resolve("%d-%s".formatted(number, name));
    Boolean is = folders.get(folder);
    if (is == null || (later && !is)) {
      folders.put(folder, later);
      // Whoever still reads the earlier one reads it to its end.
      delete(folder);
      if (files != null) {
        Files.createDirectories(folder);
        for (TextFile file : files) {
          write(folder.resolve(file.name()), width, file.lines());
        }
      }
    }
    return folder;
  }

  private static void write(Path file, int width, List<String> lines) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(
        file, lines.stream().map(line -> Place.line(width, line)).collect(Collectors.joining()));
  }

  private static void delete(Path folder) throws IOException {
    if (Files.notExists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  synchronized void deleteFiles() {
    try {
      for (Path folder : folders.keySet()) {
        delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path folder() {
    try {
      Path folder = Files.createTempDirectory("cairn-programs");
      folder.toFile().deleteOnExit();
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void complain(String what) {
    complaints.add(what);
  }

  List<String> complaints() {
    return List.copyOf(complaints);
  }

  /** The blow that is to fall at this place, the next of its kind; null for none. */
  Blow next(boolean commit) {
    Blow first = commit ? Blow.ANSWER_LOST : Blow.KILL;
    int place = places.computeIfAbsent(first, key -> new AtomicInteger()).incrementAndGet();
    for (Hit hit : trial.plan().hits()) {
      if (hit.blow().isAtCommit() == commit && hit.number() == place) {
        struck();
        return hit.blow();
      }
    }
    return null;
  }
}
