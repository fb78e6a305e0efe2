package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.schedule.Every;
import dev.cairn.schedule.MissedRuns;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.schedule.Schedule;
import dev.cairn.spi.Middleware;
import dev.cairn.spi.MiddlewareContext;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Foreign code that the leader calls to insert periodic jobs. */
class ForeignLeaderTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final Duration STOP_MAX = Duration.ofSeconds(12);

  @JobKind("periodic_task")
  record Task(String name) implements InsertDefaults {
    @Override
    public InsertOptions insertDefaults() {
      if (name.startsWith("bad defaults")) {
        poison.take();
      }
      return InsertOptions.defaults();
    }
  }

  /** Arguments know nothing of their test. */
  private static Poison poison = new Poison(Poison.Kind.EXCEPTION);

  @BeforeEach
  void resign() {
    database.execute("DELETE FROM %s.river_leader".formatted(database.schema()));
    database.execute("DELETE FROM %s.cairn_periodic".formatted(database.schema()));
  }

  /** In all places at once: none keeps the healthy periodic job from being inserted. */
  @Tag("thorough")
  @ParameterizedTest
  @EnumSource(value = Poison.Kind.class, mode = Mode.EXCLUDE, names = "HANG")
  void oneBadPeriodicJobKeepsNoOtherFromBeingInserted(Poison.Kind kind) {
    poison = new Poison(kind);
    Cairn client =
        clients.start(
            Task.class,
            (job, context) -> {},
            builder -> {
              for (Bad bad : Bad.values()) {
                bad.arrange(builder);
              }
              return builder.periodicJob(healthy());
            });

    await().atMost(PATIENCE).until(() -> completed("healthy") >= 2);
    assertThat(poison.wasTaken()).isTrue();
    if (kind == Poison.Kind.INTERRUPT_LEFT_SET) {
      // It fails nothing, not even what comes right after it.
      for (Bad bad : Bad.values()) {
        await(bad.periodicName()).atMost(PATIENCE).until(() -> completed(bad.periodicName()) >= 1);
      }
    }
    stopInTime(client);
    assertThat(
            database.number(
                "SELECT count(*) FROM %s.cairn_client WHERE id = ? AND timeout > '0'"
                    .formatted(database.schema()),
                client.id()))
        .isZero();
  }

  /** Nothing is inserted then, but all else goes on. */
  @Tag("thorough")
  @ParameterizedTest
  @EnumSource(Bad.class)
  void onePlaceThatHangsStopsTheInsertionsAlone(Bad bad) {
    poison = new Poison(Poison.Kind.HANG);
    try {
      Cairn client =
          clients.start(
              Task.class,
              (job, context) -> {},
              builder -> {
                bad.arrange(builder);
                return builder.periodicJob(healthy());
              });
      await().atMost(PATIENCE).until(poison::wasTaken);

      clients.await(clients.inserter().insert(new Task("later")).id(), JobState.COMPLETED);
      stopInTime(client);
    } finally {
      poison.cure();
    }
    await().atMost(PATIENCE).until(poison::isDigested);
  }

  /** Seen before: its row stayed locked, and no other client inserted the job. */
  @Tag("thorough")
  @Test
  void aDurableJobWhoseInsertionHangsIsFreeWhenItsClientHasStopped() {
    poison = new Poison(Poison.Kind.HANG);
    try {
      Cairn client =
          clients.start(
              Task.class,
              (job, context) -> {},
              builder ->
                  builder
                      .middleware(
                          Middleware.beforeInsert(job -> {
                            poison.take();
                            return job;
                          }))
                      .periodicJob(
                          PeriodicJob.of(
                                  "durable",
                                  Every.of(Duration.ofSeconds(1)),
                                  due -> JobInsert.of(new Task("durable")))
                              .durable(MissedRuns.ONCE)));
      await().atMost(PATIENCE).until(poison::wasTaken);
      assertThat(isFree("durable")).isFalse();

      stopInTime(client);

      await().atMost(PATIENCE).until(() -> isFree("durable"));
    } finally {
      poison.cure();
    }
    await().atMost(PATIENCE).until(poison::isDigested);
  }

  private static boolean isFree(String periodicJob) {
    return !database
        .query(
            "SELECT id FROM %s.cairn_periodic WHERE id = ? FOR UPDATE SKIP LOCKED"
                .formatted(database.schema()),
            periodicJob)
        .isEmpty();
  }

  private static PeriodicJob healthy() {
    return PeriodicJob.of(
        "healthy", Every.of(Duration.ofSeconds(1)), due -> JobInsert.of(new Task("healthy")));
  }

  private static void stopInTime(Cairn client) {
    long begun = System.nanoTime();
    client.stop(Duration.ofSeconds(1));
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(STOP_MAX);
  }

  private static long completed(String name) {
    return database.number(
        "SELECT count(*) FROM %s.river_job WHERE args->>'name' = ? AND state = 'completed'"
            .formatted(database.schema()),
        name);
  }

  /** Where a periodic job can be bad. */
  enum Bad {
    LISTENER_TO_TERMS {
      @Override
      void arrange(CairnBuilder client) {
        client.listener(
            ListenerTo.terms(term -> {
              term.periodicJobs().add(job(Every.of(Duration.ofSeconds(1)), periodicName()));
              poison.take();
            }));
      }
    },
    SCHEDULE {
      @Override
      void arrange(CairnBuilder client) {
        Schedule every = Every.of(Duration.ofSeconds(1));
        client.periodicJob(
            job(
                after -> {
                  poison.take();
                  return every.next(after);
                },
                periodicName()));
      }
    },
    FACTORY {
      @Override
      void arrange(CairnBuilder client) {
        client.periodicJob(
            PeriodicJob.of(
                    periodicName(),
                    Every.of(Duration.ofSeconds(1)),
                    due -> {
                      poison.take();
                      return JobInsert.of(new Task(periodicName()));
                    })
                .durable(MissedRuns.ONCE));
      }
    },
    INSERT_DEFAULTS {
      @Override
      void arrange(CairnBuilder client) {
        client.periodicJob(job(Every.of(Duration.ofSeconds(1)), periodicName()));
      }

      @Override
      String periodicName() {
        return "bad defaults";
      }
    },
    MIDDLEWARE_BEFORE_INSERT {
      @Override
      void arrange(CairnBuilder client) {
        client.periodicJob(job(Every.of(Duration.ofSeconds(1)), periodicName()));
        client.middleware(
            Middleware.beforeInsert(job -> {
              takeFor(job);
              return job;
            }));
      }
    },
    MIDDLEWARE {
      @Override
      void arrange(CairnBuilder client) {
        client.periodicJob(job(Every.of(Duration.ofSeconds(1)), periodicName()));
        client.middleware(
            new Middleware() {
              @Override
              public void work(MiddlewareContext context, Next next) throws Exception {
                next.proceed();
              }

              @Override
              public List<InsertResult> insert(List<JobInsert> jobs, InsertNext next) {
                jobs.forEach(MIDDLEWARE::takeFor);
                return next.proceed(jobs);
              }
            });
      }
    },
    REINDEX_SCHEDULE {
      @Override
      void arrange(CairnBuilder client) {
        client
            .periodicJob(job(Every.of(Duration.ofSeconds(1)), periodicName()))
            .reindex(after -> {
              poison.take();
              return Optional.empty();
            });
      }
    };

    abstract void arrange(CairnBuilder client);

    String periodicName() {
      return name().toLowerCase(Locale.ROOT);
    }

    void takeFor(JobInsert insert) {
      if (insert.args() instanceof Task task && task.name().equals(periodicName())) {
        poison.take();
      }
    }

    private static PeriodicJob job(Schedule schedule, String name) {
      return PeriodicJob.of(name, schedule, due -> JobInsert.of(new Task(name)));
    }
  }
}
