package dev.cairn.chaos.campaign;

import dev.cairn.Cairn;
import dev.cairn.InsertResult;
import dev.cairn.JobInsert;
import dev.cairn.chaos.attack.Caller;
import dev.cairn.chaos.fleet.Deeds;
import dev.cairn.chaos.history.Confirmation;
import dev.cairn.chaos.history.Rung;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Inserts jobs at a fixed rate, and sends the signals that they wait for. Remembers each job whose
 * insertion was confirmed. Thread-safe.
 */
final class Load implements Caller {
  private static final long TICK_MILLIS = 100;
  private static final long PAUSE_MILLIS = 300;

  /** The maximum number of jobs that wait for the end of an outage; further ones are dropped. */
  private static final int WAITING_MAX = 50;

  private final Cairn client;
  private final Random random;
  private final Map<String, Confirmation> inserted = new ConcurrentHashMap<>();
  private final Set<String> awaited = ConcurrentHashMap.newKeySet();
  private final Set<String> signalled = ConcurrentHashMap.newKeySet();
  private final AtomicLong keys = new AtomicLong();
  private volatile double perSecond;
  private volatile boolean over;
  private final Thread thread;

  Load(Cairn client, long seed) {
    this.client = client;
    this.random = new Random(seed);
    this.thread = Thread.ofPlatform().name("load").daemon(true).start(this::run);
  }

  /** Sets the number of jobs to insert in a second. */
  void setRate(double jobsPerSecond) {
    perSecond = jobsPerSecond;
  }

  @Override
  public void insert(Rung rung, int count) {
    var rungs = new ArrayList<Rung>();
    for (int i = 0; i < count; i++) {
      rungs.add(rung);
    }
    while (!insert(rungs) && !over) {
      pause(PAUSE_MILLIS);
    }
  }

  /** Inserts one job of each everyday rung. */
  void insertRound() {
    while (!insert(Rung.EVERYDAY) && !over) {
      pause(PAUSE_MILLIS);
    }
  }

  @Override
  public void repeatSignals() {
    awaited.addAll(signalled);
  }

  /** The number of confirmed jobs. */
  int count() {
    return inserted.size();
  }

  /** The confirmed jobs, by key. */
  Map<String, Confirmation> inserted() {
    return Map.copyOf(inserted);
  }

  /** Sends all signals that are not confirmed yet. */
  void signal() {
    for (String key : Set.copyOf(awaited)) {
      try {
        client.signal(key, "go");
        signalled.add(key);
        awaited.remove(key);
      } catch (RuntimeException e) {
        // The database is under attack: the next round tries again.
        return;
      }
    }
  }

  private void run() {
    double due = 0;
    var rungs = new ArrayList<Rung>();
    while (!over) {
      due += perSecond * TICK_MILLIS / 1_000;
      while (due >= 1 && rungs.size() < WAITING_MAX) {
        rungs.add(Rung.EVERYDAY.get(random.nextInt(Rung.EVERYDAY.size())));
        due--;
      }
      // Jobs without confirmation are inserted again, with other keys.
      if (insert(rungs)) {
        rungs.clear();
      }
      signal();
      pause(TICK_MILLIS);
    }
  }

  /** Whether the insertion was confirmed. If it was not, the jobs may still exist. */
  private boolean insert(List<Rung> rungs) {
    if (rungs.isEmpty()) {
      return true;
    }
    var jobs = new ArrayList<JobInsert>();
    var inOrder = new ArrayList<String>();
    var signals = new ArrayList<String>();
    for (Rung rung : rungs) {
      long number = keys.incrementAndGet();
      String key = Rung.EVERYDAY.contains(rung) ? "k" + number : rung.key(number);
      inOrder.add(key);
      jobs.add(Deeds.insert(rung, key));
      if (rung == Rung.SIGNAL) {
        signals.add(key);
      }
    }
    // Even if the insertion is not confirmed, because the jobs may exist.
    awaited.addAll(signals);
    return insert(jobs, inOrder);
  }

  /**
   * Inserts a job for each client, which the client works only if it receives notifications.
   *
   * @return whether the insertion was confirmed in time
   */
  boolean tell(List<String> clients, Duration most) {
    if (clients.isEmpty()) {
      return true;
    }
    List<String> keys = clients.stream().map(client -> "told " + client).toList();
    List<JobInsert> jobs =
        clients.stream().map(client -> Deeds.told(client, "told " + client)).toList();
    long end = System.nanoTime() + most.toNanos();
    while (!insert(jobs, keys)) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      pause(PAUSE_MILLIS);
    }
    return true;
  }

  private boolean insert(List<JobInsert> jobs, List<String> keys) {
    try {
      List<InsertResult> results = client.insertMany(jobs);
      long now = System.currentTimeMillis();
      for (int i = 0; i < results.size(); i++) {
        inserted.put(keys.get(i), new Confirmation(results.get(i).id(), now));
      }
      return true;
    } catch (RuntimeException e) {
      return false;
    }
  }

  private static void pause(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stops inserting by itself; {@link #insert} and {@link #signal} still work. */
  void stop() throws InterruptedException {
    over = true;
    thread.join();
  }
}
