package dev.cairn.programs;

import dev.cairn.Cairn;
import dev.cairn.programs.Items.TextFile;
import dev.cairn.programs.Items.Tree;
import dev.cairn.programs.Plan.Blow;
import dev.cairn.programs.Plan.Hit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * The world outside of one job's database: what has been done to it is never undone, whatever
 * becomes of the attempt that did it. Thread-safe.
 */
final class World {
  /**
   * Something that was done.
   *
   * @param attempt which attempt did it, from 1
   * @param code which version of the code, from 0
   * @param row whether it is a row that a transaction was about to write
   */
  record Deed(int attempt, int code, String id, boolean row) {}

  /**
   * How things stood when a job was taken from an attempt that went on.
   *
   * @param effect what the attempt was at
   * @param deeds how many had been done, by all attempts
   * @param rows those that the attempt had committed
   */
  record Taken(String effect, int deeds, List<String> rows) {}

  /** How an attempt has ended, as far as it matters to what the next one finds. */
  enum End {
    /** Its process has died, or its job was taken away: only what was durable is left. */
    KILLED,
    /** Nobody knows whether its last transaction was committed, or its client had given it up. */
    IN_DOUBT,
    /** It has failed, waits or was interrupted: whatever it had saved is left. */
    IN_ORDER
  }

  private static final Path FOLDER = folder();

  /** By how much the database's time of day may differ from what this process measures. */
  private static final long CLOCKS_DIFFER_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final long number;
  private final Trial trial;
  private final DataSource dataSource;

  /** The version in which each source is there now. */
  private final Map<String, Integer> written = new HashMap<>();

  private final Queue<Deed> deeds = new ConcurrentLinkedQueue<>();
  private final Queue<String> complaints = new ConcurrentLinkedQueue<>();
  private final Map<String, AtomicInteger> executions = new ConcurrentHashMap<>();
  private final Set<String> failed = ConcurrentHashMap.newKeySet();
  private final Map<String, Integer> produced = new ConcurrentHashMap<>();
  private final Set<Integer> allProduced = ConcurrentHashMap.newKeySet();
  private final Map<String, Long> waits = new ConcurrentHashMap<>();
  private volatile boolean measuresWaits = true;
  private final Map<String, String> keys = new ConcurrentHashMap<>();
  private final Map<Blow, AtomicInteger> places = new ConcurrentHashMap<>();
  private final AtomicInteger attempts = new AtomicInteger();
  private final AtomicInteger struck = new AtomicInteger();
  private final AtomicInteger outOfTime = new AtomicInteger();
  private final AtomicInteger values = new AtomicInteger();
  private final List<String> refusals = new ArrayList<>();
  private int code;
  private int refusalsOfCode;
  private volatile boolean cured;
  private volatile int attemptsBefore;

  /**
   * A world in which nothing is done yet.
   *
   * @param dataSource for the rows of sources
   */
  World(long number, Trial trial, DataSource dataSource) {
    this.number = number;
    this.trial = trial;
    this.dataSource = dataSource;
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

  private final Set<Attempt> running = new HashSet<>();

  /** When they have begun to stop. */
  private final Map<Cairn, Long> stopping = new HashMap<>();

  private final List<Integer> lastOfLives = new ArrayList<>();
  private final Map<Integer, End> ends = new ConcurrentHashMap<>();
  private final Map<Integer, Taken> taken = new ConcurrentHashMap<>();
  private boolean restarted;
  private final AtomicInteger failedAttempts = new AtomicInteger();
  private final AtomicInteger givenUp = new AtomicInteger();
  private final AtomicInteger limitsPassed = new AtomicInteger();
  private final AtomicInteger starved = new AtomicInteger();
  private final AtomicInteger requests = new AtomicInteger();
  private volatile boolean paused;

  /** An attempt begins: perhaps that of a client which stops, and had claimed the job before. */
  synchronized void begins(Attempt attempt) {
    running.add(attempt);
    if (stopping.containsKey(attempt.client())) {
      struck();
    }
  }

  synchronized void ends(Attempt attempt) {
    running.remove(attempt);
  }

  /** The job was taken from an attempt that goes on. */
  void taken(int attempt, String effect, List<String> rows) {
    struck();
    taken.put(attempt, new Taken(effect, deeds.size(), List.copyOf(rows)));
  }

  boolean isTaken(int attempt) {
    return taken.containsKey(attempt);
  }

  /** The attempts from which the job was taken. */
  Map<Integer, Taken> taken() {
    return Map.copyOf(taken);
  }

  /** Whether an attempt goes on whose job was taken away. */
  synchronized boolean hasTakenOneRunning() {
    return running.stream().anyMatch(Attempt::isTaken);
  }

  /** A client begins to stop, which ends its attempts. */
  synchronized void clientStops(Cairn client) {
    stopping.put(client, System.nanoTime());
    running.stream().filter(attempt -> attempt.client() == client).forEach(attempt -> struck());
  }

  /** Whether a client stops for longer than its attempts have time to end by themselves. */
  synchronized boolean mayHaveGivenUp(Cairn client) {
    Long since = stopping.get(client);
    return since != null && System.nanoTime() - since > Laboratory.STOP.toNanos();
  }

  /** Called before the next attempt begins, if the attempt has not lost its job. */
  void ended(int attempt, End how) {
    ends.put(attempt, how);
  }

  /** How attempts have ended; those are missing that go on, or that nobody has seen end. */
  Map<Integer, End> ends() {
    return Map.copyOf(ends);
  }

  /** The job begins anew behind an attempt: what had finished is run again. */
  private void beginsAnewBehind(int attempt) {
    lastOfLives.add(attempt);
  }

  /** An attempt has failed in the way that has the job begin from zero. */
  synchronized void restarts(int attempt) {
    restarted = true;
    beginsAnewBehind(attempt);
  }

  /** An operator has the job, which waits, begin anew from one of its steps on. */
  synchronized void rewound() {
    beginsAnewBehind(attempts.get());
  }

  /** How often the job has begun. */
  synchronized int lives() {
    return lastOfLives.size() + 1;
  }

  /** How often the job had begun anew before an attempt. */
  synchronized int life(int attempt) {
    return (int) lastOfLives.stream().filter(last -> last < attempt).count();
  }

  /** An attempt has failed by its program. */
  void failed() {
    failedAttempts.incrementAndGet();
  }

  int timesFailed() {
    return failedAttempts.get();
  }

  /** An attempt has ended that its client may have given up before: that may have been its end. */
  void mayHaveBeenGivenUp() {
    givenUp.incrementAndGet();
  }

  int timesGivenUp() {
    return givenUp.get();
  }

  /** A time limit has ended a try. */
  void limitPassed() {
    limitsPassed.incrementAndGet();
  }

  int timesLimitPassed() {
    return limitsPassed.get();
  }

  /** An attempt has got no connection of the pool. */
  void starved() {
    starved.incrementAndGet();
  }

  boolean hasStarved() {
    return starved.get() > 0;
  }

  /** Whether an operator has interrupted or paused the job, once for each time. */
  boolean takesRequest() {
    return requests.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
  }

  boolean hasBeenPaused() {
    return paused;
  }

  /** The job has been struck from outside, so that it may do again what it has done. */
  void struck() {
    struck.incrementAndGet();
  }

  int timesStruck() {
    return struck.get();
  }

  /** An attempt has ended because of a time limit. */
  void ranOutOfTime() {
    outOfTime.incrementAndGet();
  }

  int timesOutOfTime() {
    return outOfTime.get();
  }

  /** Nothing fails any more, and an operator has something done again. */
  synchronized void cure() {
    cured = true;
    attemptsBefore = attempts.get();
    if (trial.plan().afterwards() == Plan.Afterwards.RESTART) {
      beginsAnewBehind(attemptsBefore);
    }
  }

  /** How far the job has come. */
  synchronized Meaning.Seen seen() {
    int all = attempts.get();
    return new Meaning.Seen(cured ? attemptsBefore : all, all, restarted);
  }

  /** The version of the code that an attempt runs which begins now. */
  synchronized int code() {
    return code;
  }

  /** The code of an attempt is changed. */
  synchronized void deploy(int version) {
    code = Math.max(code, Math.min(version + 1, trial.program().later().size()));
  }

  /** The code of an attempt has refused the job. Sooner or later there is code that may fit. */
  synchronized void refused(int version, String error) {
    if (version != code || isGivenUp()) {
      return;
    }
    refusals.add(error);
    refusalsOfCode++;
    if (refusalsOfCode == Meaning.REFUSALS_UNTIL_DEPLOY && code < trial.program().later().size()) {
      code++;
      refusalsOfCode = 0;
    }
  }

  /** Whether the last version of the code refuses the job again and again. */
  synchronized boolean isGivenUp() {
    return refusalsOfCode >= Meaning.REFUSALS_MAX;
  }

  /** Whether the code is older than the one before: a job looks for newer code again and again. */
  synchronized boolean isLeft() {
    List<Code> codes = trial.program().codes();
    int version = codes.get(code).declared().version();
    return codes.subList(0, code).stream().anyMatch(each -> each.declared().version() > version);
  }

  /** The errors by which the job was refused. */
  synchronized List<String> refusals() {
    return List.copyOf(refusals);
  }

  List<Deed> deeds() {
    return List.copyOf(deeds);
  }

  void done(int attempt, int version, String id, boolean row) {
    deeds.add(new Deed(attempt, version, id, row));
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
    allProduced.add(value);
    return value;
  }

  void requireLastProduced(String step, int value) {
    Integer last = produced.get(step);
    // Changed code may have a step in another place, where it is another one.
    boolean isRight =
        last != null && (trial.program().isChanged() ? allProduced.contains(value) : last == value);
    if (!isRight) {
      complain("step %s gave %d, and its last run had given %s".formatted(step, value, last));
    }
  }

  /**
   * Returns when the job has first begun to wait in a step.
   *
   * @param lag how far behind the attempt's idea of the database's time is: the claim took so long
   */
  long beganToWait(String step, Duration lag) {
    return waits.computeIfAbsent(step, key -> System.nanoTime() - lag.toNanos());
  }

  /** In the test kit, the time of a job stands still in an attempt, or passes when it waits. */
  void hasTimeOfItsOwn() {
    measuresWaits = false;
  }

  /** A wait is over, and its time should be. */
  void requireWaited(String step, long begun, int millis) {
    long waited = System.nanoTime() - begun;
    if (measuresWaits && waited < TimeUnit.MILLISECONDS.toNanos(millis) - CLOCKS_DIFFER_NANOS) {
      complain(
          "step %s has waited for %s only, and not for %s"
              .formatted(step, Duration.ofNanos(waited), Duration.ofMillis(millis)));
    }
  }

  void requireSameKey(String id, String key) {
    String first = keys.putIfAbsent(id, key);
    if (first != null && !first.equals(key)) {
      complain("the idempotency keys of %s change from attempt to attempt".formatted(id));
    }
  }

  Path file(String name, Items.Lines lines, int version) throws IOException {
    return folder(
            name,
            version,
            folder -> {
              Files.createDirectories(folder);
              Path file = folder.resolve(lines.format().file());
              lines.format().write(file, lines.width(), lines.contents().get(version));
            })
        .resolve(lines.format().file());
  }

  Path folder(String name, Items.Folder tree, int version) throws IOException {
    return folder(name, version, folder -> write(folder, tree.width(), tree.trees().get(version)));
  }

  private static void write(Path folder, int width, Tree tree) throws IOException {
    if (!tree.isThere()) {
      return;
    }
    Files.createDirectories(folder);
    for (TextFile file : tree.files()) {
      Path path = folder.resolve(file.name());
      Files.createDirectories(path.getParent());
      file.format().write(path, width, file.content());
    }
  }

  private interface Writing {
    void into(Path folder) throws IOException;
  }

  /**
   * A folder of this world. Its versions come in their order: an attempt that goes on in spite of
   * the next one finds what that one has found. Whoever still reads the former files reads them to
   * their end.
   */
  private synchronized Path folder(String name, int version, Writing writing) throws IOException {
    Path folder = FOLDER.resolve("%d-%s".formatted(number, name));
    if (isNew(folder.toString(), version)) {
      delete(folder);
      writing.into(folder);
      written.put(folder.toString(), version);
    }
    return folder;
  }

  /** Rows of this world, in their versions likewise. */
  synchronized void writeRows(String name, List<List<Integer>> versions, int version)
      throws SQLException {
    if (isNew(name, version)) {
      ProgramRows.become(dataSource, number, name, versions.get(version));
      written.put(name, version);
    }
  }

  /** Until it has been written: a timeout may strike whoever writes it. */
  private boolean isNew(String source, int version) {
    Integer is = written.get(source);
    return is == null || version > is;
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
      for (String source : written.keySet()) {
        if (source.startsWith(FOLDER.toString())) {
          delete(Path.of(source));
        }
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

  /**
   * The blow that is to fall at this place, the next of its kind; null for none.
   *
   * @param own whether the transaction that is committed is one of the worker's own
   */
  Blow next(boolean commit, boolean own) {
    Blow first = commit ? Blow.ANSWER_LOST : Blow.KILL;
    int place = places.computeIfAbsent(first, key -> new AtomicInteger()).incrementAndGet();
    for (Hit hit : trial.plan().hits()) {
      if (hit.blow().isAtCommit() == commit && hit.number() == place) {
        // Whether the job can be taken away is seen when it is tried.
        if (hit.blow() != Blow.TAKEN && (own || hit.blow() != Blow.COLLISION)) {
          struck();
        }
        if (hit.blow() == Blow.INTERRUPT || hit.blow() == Blow.PAUSE) {
          requests.incrementAndGet();
          paused |= hit.blow() == Blow.PAUSE;
        }
        return hit.blow();
      }
    }
    return null;
  }
}
