package dev.cairn.internal.upkeep;

import dev.cairn.Cairn;
import dev.cairn.internal.foreign.ForeignCode;
import dev.cairn.spi.LeaderTask;
import java.time.Duration;

/** A task of an extension as one of the leader's services. */
final class ForeignTask implements LeaderService {
  private static final Duration SHORTEST = Duration.ofMillis(10);
  private static final Duration LONGEST = Duration.ofDays(1);

  private final NamedTask named;
  private final LeaderTask task;
  private final Cairn client;

  ForeignTask(NamedTask named, Cairn client) {
    this.named = named;
    this.task = named.task();
    this.client = client;
  }

  @Override
  public String name() {
    return named.name();
  }

  @Override
  public Duration turn() {
    Duration wait = ForeignCode.tidily(() -> task.turn(client));
    return wait.compareTo(SHORTEST) < 0 ? SHORTEST : wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
  }

  @Override
  public void end() {
    ForeignCode.run(task, "at the end of a term", task::end);
  }
}
