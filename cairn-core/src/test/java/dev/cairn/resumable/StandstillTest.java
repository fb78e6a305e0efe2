package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.ResumePolicy;
import dev.cairn.StandIn;
import dev.cairn.StoreUnavailableException;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.WorkContext;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventSubscription;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.spi.Checkpoints;
import dev.cairn.spi.JacksonCodec;
import dev.cairn.spi.MiddlewareContext;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which moves show that an attempt has come further, and which renew the attempts (R18, R19). */
class StandstillTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  /** A position without an order. */
  record Position(long id) {}

  /** A position that the code changes. */
  static final class Place {
    public long id;

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Place that && that.id == id;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(id);
    }
  }

  /** What an attempt does when it has moved its cursor. */
  @FunctionalInterface
  interface Ending {
    void end(WorkContext context, long row) throws Exception;
  }

  /** The ways to move a cursor by one row in each attempt. */
  enum Way {
    RECORD {
      @Override
      void move(Steps steps, Ending ending, WorkContext context) throws Exception {
        steps.cursor(
            "rows",
            Position.class,
            new Position(0),
            cursor -> {
              long next = cursor.get().id() + 1;
              cursor.advance(new Position(next));
              ending.end(context, next);
            });
      }
    },
    OBJECT_THAT_CHANGES {
      @Override
      void move(Steps steps, Ending ending, WorkContext context) throws Exception {
        steps.cursor(
            "rows",
            Place.class,
            new Place(),
            cursor -> {
              Place place = cursor.get();
              place.id++;
              cursor.advance(place);
              ending.end(context, place.id);
            });
      }
    },
    TEXT {
      @Override
      void move(Steps steps, Ending ending, WorkContext context) throws Exception {
        steps.cursor(
            "rows",
            String.class,
            "0",
            cursor -> {
              long next = Long.parseLong(cursor.get()) + 1;
              cursor.checkpoint(Long.toString(next));
              ending.end(context, next);
            });
      }
    },
    RECORD_IN_TRANSACTION {
      @Override
      void move(Steps steps, Ending ending, WorkContext context) throws Exception {
        steps.cursor(
            "rows",
            Position.class,
            new Position(0),
            cursor -> {
              cursor.advanceInTransaction((connection, before) -> new Position(before.id() + 1));
              ending.end(context, cursor.get().id());
            });
      }
    },
    NUMBER_BY_ADVANCE_TX {
      @Override
      void move(Steps steps, Ending ending, WorkContext context) throws Exception {
        steps.cursor(
            "rows",
            Long.class,
            0L,
            cursor -> {
              long next = cursor.get() + 1;
              try (Connection connection = begin()) {
                cursor.advanceTx(connection, next);
                connection.commit();
              }
              ending.end(context, next);
            });
      }
    };

    abstract void move(Steps steps, Ending ending, WorkContext context) throws Exception;
  }

  private static Connection begin() throws SQLException {
    Connection connection = database.dataSource().getConnection();
    connection.setAutoCommit(false);
    return connection;
  }

  private Cairn start(ResumableJobs.Code code, ResumePolicy policy) {
    return jobs.start(
        code,
        builder -> builder.retryPolicy((job, failures) -> Duration.ZERO).resumePolicy(policy));
  }

  private static long insert(Cairn client, int maxAttempts) {
    return client
        .insert(
            new ResumableJobs.Args("moves"), InsertOptions.defaults().withMaxAttempts(maxAttempts))
        .id();
  }

  /** Seen before: false alarms for each long import with a record as its cursor. */
  @ParameterizedTest
  @EnumSource
  void r19_aMoveOfAnyCursorIsNoStandstill(Way way) throws Exception {
    Ending interrupted =
        (context, row) -> {
          if (row < 5) {
            throw context.yieldNow("one row each time");
          }
        };
    Cairn client =
        start((steps, context) -> way.move(steps, interrupted, context), ResumePolicy.defaults());
    try (EventSubscription events = client.subscribe(EventKind.NO_PROGRESS)) {
      JobRow job = clients.await(insert(client, 1), JobState.COMPLETED);

      assertThat(job.errors()).isEmpty();
      assertThat(job.metadata()).doesNotContain(MetadataKeys.NO_PROGRESS);
      assertThat(events.poll(Duration.ofMillis(1))).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void r18_outagesOfAJobWhoseCursorMovesUseUpNoAttempt(Way way) {
    Ending outage =
        (context, row) -> {
          if (row < 8) {
            throw new StoreUnavailableException("gone", null);
          }
        };
    Cairn client =
        start((steps, context) -> way.move(steps, outage, context), ResumePolicy.defaults());

    JobRow job = clients.await(insert(client, 1), JobState.COMPLETED);

    assertThat(job.errors()).isEmpty();
  }

  /** Steps whose position cannot be read while the database is lost. */
  private static Steps steps(WorkContext context, AtomicBoolean lost) {
    var real = (MiddlewareContext) context;
    Checkpoints checkpoints =
        StandIn.before(Checkpoints.class, real.checkpoints())
            .on(
                "read",
                call -> {
                  if (lost.get()) {
                    throw new StoreUnavailableException("gone", null);
                  }
                  return real.checkpoints().read(call.argument(0, String.class));
                })
            .object();
    return StepsOnDemand.of(
            StandIn.before(MiddlewareContext.class, real)
                .on("checkpoints", call -> checkpoints)
                .object(),
            JacksonCodec.create(),
            ResumableLimits.defaults())
        .get();
  }

  /** Seen before: the sixth outage of a job that only calls advanceTx used up its attempt. */
  @Test
  void r18_movesInTransactionsCountAlsoIfTheDatabaseCannotBeAsked() {
    Cairn client =
        start(
            (steps, context) -> {
              var lost = new AtomicBoolean();
              steps(context, lost)
                  .cursor(
                      "rows",
                      Long.class,
                      0L,
                      cursor -> {
                        // The last one may have caused the outage: only the first one counts.
                        long first = cursor.get() + 1;
                        for (long row = first; row <= first + 1; row++) {
                          try (Connection connection = begin()) {
                            cursor.advanceTx(connection, row);
                            connection.commit();
                          }
                        }
                        if (first < 15) {
                          lost.set(true);
                          throw new StoreUnavailableException("gone", null);
                        }
                      });
              // The job's own steps know nothing of those of the test, and would miss them.
              context.inTransaction(connection -> {
                context.completeTx(connection);
                return true;
              });
            },
            ResumePolicy.defaults());

    JobRow job = clients.await(insert(client, 1), JobState.COMPLETED);

    assertThat(job.errors()).isEmpty();
  }

  @Test
  void r19_movesInTransactionsOfTheWorkerRenewTheAttempts() {
    Ending stumbling =
        (context, row) -> {
          if (row < 6) {
            throw new IllegalStateException("stumbled at " + row);
          }
        };
    Cairn client =
        start(
            (steps, context) -> Way.NUMBER_BY_ADVANCE_TX.move(steps, stumbling, context),
            ResumePolicy.defaults().renewedByProgress());

    JobRow job = clients.await(insert(client, 2), JobState.COMPLETED);

    assertThat(job.errors()).hasSize(5);
  }

  @Test
  void r19_movesThatWereRolledBackAreAStandstill() throws Exception {
    Cairn client =
        start(
            (steps, context) ->
                steps.cursor(
                    "rows",
                    Long.class,
                    0L,
                    cursor -> {
                      try (Connection connection = begin()) {
                        cursor.advanceTx(connection, 1L);
                        cursor.advanceTx(connection, 2L);
                        connection.rollback();
                      }
                      throw new IllegalStateException("rolled back");
                    }),
            ResumePolicy.defaults().renewedByProgress().withNoProgressAfter(2));
    try (EventSubscription events = client.subscribe(EventKind.NO_PROGRESS)) {
      JobRow job = clients.await(insert(client, 3), JobState.DISCARDED);

      assertThat(job.errors()).hasSize(3);
      assertThat(events.poll(Duration.ofSeconds(10))).isPresent();
    }
  }

  @Test
  void r19_aCursorThatReturnsToItsFirstPositionIsAStandstill() throws Exception {
    Cairn client =
        start(
            (steps, context) ->
                steps.cursor(
                    "rows",
                    String.class,
                    "5",
                    cursor -> {
                      cursor.rewind("0");
                      cursor.advance("5");
                      throw new IllegalStateException("no further");
                    }),
            ResumePolicy.defaults().withNoProgressAfter(2));
    try (EventSubscription events = client.subscribe(EventKind.NO_PROGRESS)) {
      clients.await(insert(client, 3), JobState.DISCARDED);

      assertThat(events.poll(Duration.ofSeconds(10))).isPresent();
    }
  }

  @Test
  void r19_anAttemptThatEndsAtItsFirstPositionIsAStandstill() throws Exception {
    Cairn client =
        start(
            (steps, context) ->
                steps.cursor(
                    "rows",
                    Position.class,
                    new Position(0),
                    cursor -> {
                      cursor.checkpoint(cursor.get());
                      throw new IllegalStateException("no further");
                    }),
            ResumePolicy.defaults().withNoProgressAfter(2));
    try (EventSubscription events = client.subscribe(EventKind.NO_PROGRESS)) {
      clients.await(insert(client, 3), JobState.DISCARDED);

      assertThat(events.poll(Duration.ofSeconds(10))).isPresent();
    }
  }
}
