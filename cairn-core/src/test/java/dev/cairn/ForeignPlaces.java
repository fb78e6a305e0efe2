package dev.cairn;

import static dev.cairn.ForeignPlace.afterFailure;
import static dev.cairn.ForeignPlace.beside;
import static dev.cairn.ForeignPlace.elsewhere;
import static dev.cairn.ForeignPlace.failingWith;
import static dev.cairn.ForeignPlace.inAttempt;
import static dev.cairn.ForeignPlace.inSteps;

import dev.cairn.ForeignPlace.Ending;
import dev.cairn.PoisonedFailure.Part;
import dev.cairn.PoisonedPieces.PoisonedChannel;
import dev.cairn.PoisonedPieces.PoisonedClock;
import dev.cairn.PoisonedPieces.PoisonedCodec;
import dev.cairn.PoisonedPieces.PoisonedSource;
import dev.cairn.PoisonedPieces.Position;
import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventListener;
import dev.cairn.event.StepEvent;
import dev.cairn.log.JobLog;
import dev.cairn.resumable.ItemPolicy;
import dev.cairn.resumable.StepPlan;
import dev.cairn.resumable.Steps;
import dev.cairn.resumable.VersionChange;
import dev.cairn.source.Sources;
import dev.cairn.spi.ErrorHandler;
import dev.cairn.spi.MiddlewareContext;
import dev.cairn.spi.TransactionRunner;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/** The list of the places that {@link ForeignCodeTest} walks. */
final class ForeignPlaces {
  private ForeignPlaces() {}

  static List<ForeignPlace> all() {
    var all = new ArrayList<ForeignPlace>();
    all.addAll(ofWorkers());
    all.addAll(aroundWorkers());
    all.addAll(ofFailures());
    all.addAll(ofSteps());
    all.addAll(ofListeners());
    return all;
  }

  private static List<ForeignPlace> ofWorkers() {
    return List.of(
        inAttempt(
            "Worker.work", (scene, client) -> scene.body = (job, context) -> scene.poison.take()),
        inAttempt("Worker.timeout", (scene, client) -> scene.beforeTimeout = scene.poison::take),
        beside(
            "Worker.resumePolicy",
            (scene, client) -> scene.beforeResumePolicy = scene.poison::take),
        afterFailure(
                "Worker.nextRetry", (scene, client) -> scene.beforeNextRetry = scene.poison::take)
            .attempts(2),
        inAttempt(
            "a worker that locks its context",
            (scene, client) ->
                scene.body =
                    (job, context) -> {
                      synchronized (context) {
                        scene.poison.take();
                      }
                    }),
        inAttempt(
            "a worker that locks its checkpoints",
            (scene, client) ->
                scene.body =
                    (job, context) -> {
                      ((MiddlewareContext) context).checkpoints().load();
                      synchronized (((MiddlewareContext) context).checkpoints()) {
                        scene.poison.take();
                      }
                    }),
        afterFailure(
                "a channel that the interrupt closes",
                (scene, client) -> {
                  scene.timeout = Duration.ofMillis(50);
                  scene.body = (job, context) -> new PoisonedChannel(scene.poison).read();
                })
            .recording("ran into its timeout"));
  }

  private static List<ForeignPlace> aroundWorkers() {
    return List.of(
        inAttempt(
            "Middleware.work, before the worker",
            (scene, client) -> {
              scene.takesOverInterrupts();
              client.middleware((context, next) -> {
                scene.takeIn(context);
                next.proceed();
              });
            }),
        inAttempt(
            "Middleware.work, after the worker",
            (scene, client) ->
                client.middleware((context, next) -> {
                  next.proceed();
                  scene.takeIn(context);
                })),
        inAttempt(
            "Middleware.work, of a kind",
            (scene, client) -> {
              scene.takesOverInterrupts();
              client.middleware(
                  ForeignScene.Task.class,
                  (context, next) -> {
                    scene.takeIn(context);
                    next.proceed();
                  });
            }),
        inAttempt("JsonCodec.decode", (scene, client) -> client.codec(new PoisonedCodec(scene))),
        inAttempt(
            "JsonCodec.encode",
            (scene, client) -> {
              client.codec(new PoisonedCodec(scene));
              scene.body = (job, context) -> context.recordOutput("poisoned");
            }),
        inAttempt(
            "JsonCodec.encodeExactly",
            (scene, client) -> {
              client.codec(new PoisonedCodec(scene));
              scene.body =
                  (job, context) ->
                      Steps.of(context).step("a", String.class, () -> "poisoned exactly");
            }),
        inAttempt(
                "JsonCodec.decodeExactly",
                (scene, client) -> {
                  client.codec(new PoisonedCodec(scene));
                  scene.body =
                      (job, context) -> {
                        Steps.of(context).step("a", String.class, () -> "read it");
                        if (job.attempt() == 1) {
                          throw new IllegalStateException("own failure");
                        }
                      };
                })
            .attempts(2),
        beside(
            "MDC.put, of JobLog",
            (scene, client) -> {
              scene.takesOverInterrupts();
              client.middleware(new JobLog());
              scene.clearing(
                  TestLogs.trap(
                      text -> text.equals(JobLog.JOB_ID + "=" + scene.poisonedId),
                      scene.poison::take));
            }),
        beside(
            "MDC.setContextMap, of WorkContext.fork",
            (scene, client) -> {
              client.middleware(new JobLog());
              trapForks(scene);
              scene.body =
                  (job, context) -> {
                    var ran = new CountDownLatch(1);
                    context.fork(ran::countDown).join();
                    requireRun(ran);
                  };
            }),
        beside(
            "MDC.setContextMap, of Steps.parallel",
            (scene, client) -> {
              client.middleware(new JobLog());
              trapForks(scene);
              scene.body =
                  (job, context) -> {
                    var ran = new CountDownLatch(1);
                    Steps.of(context)
                        .parallel("p", branches -> branches.add("b", steps -> ran.countDown()));
                    requireRun(ran);
                  };
            }));
  }

  private static void trapForks(ForeignScene scene) {
    scene.clearing(
        TestLogs.trap(
            text ->
                text.equals(JobLog.JOB_ID + "=" + scene.poisonedId)
                    && Thread.currentThread().getName().endsWith("-fork"),
            scene.poison::take));
  }

  private static void requireRun(CountDownLatch ran) {
    if (ran.getCount() > 0) {
      throw new IllegalStateException("the code of the fork did not run");
    }
  }

  private static List<ForeignPlace> ofFailures() {
    var all = new ArrayList<ForeignPlace>();
    all.add(
        afterFailure(
            "ErrorHandler.onFailure",
            (scene, client) ->
                client.errorHandler((job, failure) -> {
                  scene.takeFor(job);
                  return ErrorHandler.Decision.proceed();
                })));
    all.add(
        afterFailure(
                "RetryPolicy.delay",
                (scene, client) ->
                    client.retryPolicy((job, failures) -> {
                      scene.takeFor(job);
                      return Duration.ofMillis(1);
                    }))
            .attempts(2));
    all.add(
        afterFailure(
                "Clock.instant", (scene, client) -> client.clock(new PoisonedClock(scene.poison)))
            .attempts(2));
    for (Part part : Part.values()) {
      all.add(failingWith(part));
    }
    all.add(
        afterFailure(
                "Logger.warn",
                (scene, client) ->
                    scene.clearing(
                        TestLogs.trap(
                            text -> text.startsWith("job " + scene.poisonedId + " (foreign)"),
                            scene.poison::take)))
            .hung(Ending.DISCARDED));
    all.add(
        afterFailure(
                "Throwable.getMessage, of a failure that gives up",
                (scene, client) ->
                    scene.body =
                        (job, context) -> {
                          Steps.of(context).giveUpOn(PoisonedFailure.class);
                          throw new PoisonedFailure(Part.MESSAGE, scene.poison);
                        })
            .attempts(25)
            .recording("PoisonedFailure"));
    return all;
  }

  private static List<ForeignPlace> ofSteps() {
    return List.of(
        inSteps("StepBody", (steps, poison) -> steps.step("a", poison::take)),
        inSteps(
            "Branches.Definition",
            (steps, poison) -> steps.parallel("p", branches -> poison.take())),
        inSteps(
            "BranchBody",
            (steps, poison) ->
                steps.parallel(
                    "p",
                    branches -> branches.add("b", branch -> poison.take()).add("c", it -> {}))),
        inSteps(
            "TransactionStep", (steps, poison) -> steps.stepTx("t", connection -> poison.take())),
        inAttempt(
            "TransactionRunner.run",
            (scene, client) -> {
              client.transactions(work -> runInTransaction(work, scene.poison));
              scene.body = (job, context) -> Steps.of(context).stepTx("t", connection -> {});
            }),
        inSteps(
            "Source.open",
            (steps, poison) -> steps.forEach("s", new PoisonedSource(poison, "open"), item -> {})),
        inSteps(
            "Source.Reader.next",
            (steps, poison) -> steps.forEach("s", new PoisonedSource(poison, "next"), item -> {})),
        inSteps(
            "Source.Reader.close",
            (steps, poison) -> steps.forEach("s", new PoisonedSource(poison, "close"), item -> {})),
        inAttempt(
                "VersionChange.on",
                (scene, client) ->
                    scene.body =
                        (job, context) -> {
                          Steps steps = Steps.of(context);
                          if (job.attempt() == 2) {
                            steps.plan(changing(scene.poison));
                          }
                          steps.step("a", () -> {});
                          if (job.attempt() == 1) {
                            throw new IllegalStateException("own failure");
                          }
                        })
            .attempts(2),
        inSteps(
            "Comparable.compareTo, of a cursor",
            (steps, poison) ->
                steps.cursor(
                    "c",
                    Position.class,
                    new Position(0),
                    cursor -> cursor.advance(new Position(1, poison)))),
        inSteps(
                "Throwable.printStackTrace, of a failed item",
                (steps, poison) ->
                    steps
                        .failedItems(ItemPolicy.quarantine())
                        .forEach(
                            "s",
                            Sources.range(0, 3),
                            item -> {
                              if (item == 1) {
                                throw new PoisonedFailure(Part.PRINTED_STACK_TRACE, poison);
                              }
                            }))
            .thrown(Ending.COMPLETED));
  }

  private static void runInTransaction(TransactionRunner.Work work, Poison poison)
      throws SQLException {
    try (Connection connection = ForeignCodeTest.database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      poison.take();
      // On an interrupted virtual thread, JDBC would close the connection.
      boolean interrupted = Thread.interrupted();
      work.run(connection);
      connection.commit();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static StepPlan changing(Poison poison) {
    return StepPlan.of("a")
        .version(
            1,
            progress -> {
              poison.take();
              return VersionChange.Decision.CONTINUE;
            });
  }

  private static List<ForeignPlace> ofListeners() {
    return List.of(
        beside(
            "EventListener.on, of an attempt",
            (scene, client) -> client.listener(listener(scene, EventKind.JOB_STARTED))),
        elsewhere(
            "EventListener.on, of an outcome",
            (scene, client) -> client.listener(listener(scene, EventKind.JOB_COMPLETED))),
        elsewhere(
            "EventListener.on, of a saved checkpoint",
            (scene, client) -> {
              client.listener(listener(scene, EventKind.CHECKPOINT_SAVED));
              scene.body =
                  (job, context) ->
                      Steps.of(context)
                          .cursor("c", Long.class, 0L, cursor -> cursor.checkpoint(1L));
            }),
        afterFailure(
                "EventListener.on, of a standstill",
                (scene, client) -> {
                  client.listener(listener(scene, EventKind.NO_PROGRESS));
                  scene.policy = ResumePolicy.defaults().withNoProgressAfter(1);
                  scene.body =
                      (job, context) ->
                          Steps.of(context)
                              .cursor(
                                  "c",
                                  Long.class,
                                  0L,
                                  cursor -> {
                                    throw new IllegalStateException("own failure");
                                  });
                })
            .attempts(2)
            .hung(Ending.DISCARDED),
        elsewhere(
            "EventListener.on, of a fetch",
            (scene, client) -> client.listener(listener(scene, EventKind.JOBS_FETCHED))),
        elsewhere(
            "ErrorHandler.onStuck",
            (scene, client) -> {
              var told = new AtomicBoolean();
              scene.timeout = Duration.ofMillis(20);
              client.stuckThreshold(Duration.ofMillis(20)).errorHandler(stuck(scene, told));
              scene.body =
                  (job, context) -> {
                    while (!told.get()) {
                      Thread.onSpinWait();
                    }
                  };
            }));
  }

  private static ErrorHandler stuck(ForeignScene scene, AtomicBoolean told) {
    return new ErrorHandler() {
      @Override
      public Decision onFailure(Job<?> job, Throwable failure) {
        return Decision.proceed();
      }

      @Override
      public SlotDecision onStuck(Job<?> job, Duration runningFor) {
        told.set(true);
        scene.poison.take();
        return SlotDecision.KEEP_SLOT;
      }
    };
  }

  private static EventListener listener(ForeignScene scene, EventKind kind) {
    return new EventListener() {
      @Override
      public Set<EventKind> kinds() {
        return Set.of(kind);
      }

      @Override
      public void on(Event event) {
        if (!(event instanceof StepEvent step) || step.origin().jobId() == scene.poisonedId) {
          scene.poison.take();
        }
      }
    };
  }
}
