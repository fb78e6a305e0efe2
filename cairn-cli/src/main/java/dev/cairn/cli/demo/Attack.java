package dev.cairn.cli.demo;

import com.fasterxml.jackson.annotation.JsonValue;
import java.io.IOException;
import java.util.Locale;

/** What the demo does to the process that has the job, or to its database. */
enum Attack {
  /** {@code kill -9}. */
  KILL("kill -9", "kills"),

  /**
   * The process is frozen until another one has the job, as in a long pause of a virtual machine.
   * When it continues, it still believes that the job is its own.
   */
  ZOMBIE("frozen", "freezes"),

  /** The network swallows everything, in both directions, and no connection breaks. */
  BLACKHOLE("cut off", "black holes"),

  /**
   * PostgreSQL crashes, and a standby takes its place, for which each COMMIT has waited. No process
   * dies.
   */
  FAILOVER("failover", "failovers");

  private final String verb;
  private final String plural;

  Attack(String verb, String plural) {
    this.verb = verb;
    this.plural = plural;
  }

  /** Its name on the command line and in JSON, for example {@code zombie}. */
  @JsonValue
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What happened to the process, for example {@code frozen}. */
  String verb() {
    return verb;
  }

  /** Several of them. */
  String plural() {
    return plural;
  }

  /** Whether the process lives on and comes back. */
  boolean isSurvived() {
    return switch (this) {
      case KILL, FAILOVER -> false;
      case ZOMBIE, BLACKHOLE -> true;
    };
  }

  /** Whether the processes reach the database through a network of ours. */
  boolean needsNetwork() {
    return switch (this) {
      case KILL, ZOMBIE -> false;
      case BLACKHOLE, FAILOVER -> true;
    };
  }

  void strike(WorkerProcess worker) throws IOException, InterruptedException {
    switch (this) {
      case KILL -> worker.kill();
      case ZOMBIE -> worker.freeze();
      case BLACKHOLE -> worker.network().orElseThrow().swallow();
      case FAILOVER -> throw new IllegalStateException("a failover strikes no process");
    }
  }

  /** Ends what {@link #strike} began. */
  void relent(WorkerProcess worker) throws IOException, InterruptedException {
    switch (this) {
      case KILL, FAILOVER -> {}
      case ZOMBIE -> worker.thaw();
      case BLACKHOLE -> worker.network().orElseThrow().restore();
    }
  }

  /** What the survivor of {@link #isSurvived()} does, as a sentence about it. */
  String comeback() {
    return switch (this) {
      case KILL, FAILOVER -> throw new IllegalStateException("nobody comes back from " + verb);
      case ZOMBIE -> "continues, finds that another worker has the job, and gives it up";
      case BLACKHOLE -> "is back; it had given the job up by itself";
    };
  }
}
