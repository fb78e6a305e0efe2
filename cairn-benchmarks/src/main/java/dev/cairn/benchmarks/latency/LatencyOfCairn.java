package dev.cairn.benchmarks.latency;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import dev.cairn.Workers;
import dev.cairn.benchmarks.contenders.CairnClient;
import dev.cairn.benchmarks.contenders.CairnClient.Noop;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventListener;
import dev.cairn.event.JobEvent;
import java.util.Set;

/**
 * A client that works, and another one that inserts.
 *
 * @param watched whether a listener receives completions, which costs the client a query for each
 *     batch
 */
record LatencyOfCairn(FreshDatabase login, boolean watched) implements LatencySide {
  static final int SLOTS = 100;

  @Override
  public String name() {
    return watched ? "Cairn, with a listener" : "Cairn";
  }

  @Override
  public boolean tellsCompleted() {
    return watched;
  }

  @Override
  public Session open(LatencyProbe probe) {
    var pool = CairnClient.pool(login);
    CairnBuilder builder =
        Cairn.builder(pool)
            .workers(
                Workers.builder()
                    .register(Noop.class, (job, context) -> probe.works(job.args().number()))
                    .build())
            .queue("default", SLOTS);
    Cairn client = (watched ? builder.listener(new Ear(probe)) : builder).build();
    client.start();
    return new Both(pool, client, Cairn.builder(pool).build());
  }

  private record Both(HikariDataSource pool, Cairn client, Cairn inserter) implements Session {
    @Override
    public void insert(int number) {
      inserter.insert(new Noop(number));
    }

    @Override
    public void close() {
      try (pool) {
        client.close();
      }
    }
  }

  private record Ear(LatencyProbe probe) implements EventListener {
    @Override
    public Set<EventKind> kinds() {
      return Set.of(EventKind.JOB_COMPLETED);
    }

    @Override
    public void on(Event event) {
      if (event instanceof JobEvent completed) {
        probe.completed(completed.complete());
      }
    }
  }
}
