package dev.cairn.chaos.verdict;

import dev.cairn.chaos.history.Death;
import dev.cairn.chaos.history.History;
import dev.cairn.chaos.history.Strike.Harm;
import dev.cairn.chaos.history.Transition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The times until jobs of dead clients were taken over. */
final class Takeovers {
  private static final long MARGIN_MILLIS = 1_000;

  /** If the machine is later than this, a takeover is not judged. */
  private static final long LATE_MILLIS = 300;

  private final Case facts;
  private final History history;
  private final List<Long> measured = new ArrayList<>();
  private long longestUntilWorked;
  private int unclear;

  Takeovers(Case facts) {
    this.facts = facts;
    this.history = facts.history();
  }

  void apply(Consumer<Finding> findings) {
    Map<Long, List<Transition>> byJob = new HashMap<>();
    for (Transition transition : history.transitions()) {
      byJob.computeIfAbsent(transition.jobId(), id -> new ArrayList<>()).add(transition);
    }
    for (Death death : history.deaths()) {
      byJob.forEach((jobId, transitions) -> judge(death, jobId, transitions, findings));
    }
  }

  /** The longest takeover that could be judged, in milliseconds. */
  long longest() {
    return measured.stream().mapToLong(Long::longValue).max().orElse(0);
  }

  /** The longest time until a job of these takeovers was worked again, in milliseconds. */
  long longestUntilWorked() {
    return longestUntilWorked;
  }

  /** The number of takeovers that could be judged. */
  int count() {
    return measured.size();
  }

  /**
   * The number of takeovers that were unclear: the machine was late, something else happened that
   * can delay a takeover, or the difference of the clocks is too uncertain.
   */
  int unclear() {
    return unclear;
  }

  private void judge(
      Death death, long jobId, List<Transition> transitions, Consumer<Finding> findings) {
    Transition held = null;
    for (int i = 0; i < transitions.size(); i++) {
      Transition next = transitions.get(i);
      if (next.millis() <= death.millis()) {
        held = next;
      } else {
        if (held != null && isHeldBy(held, death)) {
          measure(death, jobId, transitions.subList(i, transitions.size()), findings);
        }
        return;
      }
    }
  }

  private static boolean isHeldBy(Transition held, Death death) {
    return held.to().equals("running") && held.client().equals(death.client());
  }

  /** The first of the later transitions frees the job, and one of them begins its next run. */
  private void measure(
      Death death, long jobId, List<Transition> later, Consumer<Finding> findings) {
    Transition next = later.getFirst();
    if (isUnclear(death, next)) {
      unclear++;
      return;
    }
    long took = next.millis() - death.millis();
    measured.add(took);
    later.stream()
        .filter(each -> each.to().equals("running"))
        .findFirst()
        .ifPresent(each ->
            longestUntilWorked = Math.max(longestUntilWorked, each.millis() - death.millis()));
    long most = history.heartbeatTimeout().toMillis() + MARGIN_MILLIS + history.clockErrorMillis();
    if (took > most) {
      findings.accept(
          new Finding(
              Promise.TAKEOVER_IN_TIME,
              jobId,
              "%s died, and the job was %s after %d ms"
                  .formatted(death.client(), next.to(), took)));
    }
  }

  private boolean isUnclear(Death death, Transition next) {
    long before = death.millis() - history.heartbeatTimeout().toMillis();
    boolean late = history.machine().worst(death.millis(), next.millis()) > LATE_MILLIS;
    // A strike on the dead client alone is the one that killed it or cut it off. Attacks that
    // neither separate clients from their jobs nor make calls late cannot delay a takeover.
    boolean others =
        history.strikes().stream()
            .anyMatch(strike ->
                !strike.target().equals(death.client())
                    && (strike.parts() || strike.does(Harm.SLOWNESS))
                    && strike.touches(before, next.millis(), 0));
    boolean clocks = history.clockErrorMillis() > history.heartbeatTimeout().toMillis();
    return late
        || clocks
        || others
        || facts.hasMemoryHogBeside(death.client(), before, next.millis())
        || facts.mayBeLost(before, next.millis());
  }
}
