package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.WorkContext;
import dev.cairn.source.Source;
import dev.cairn.spi.JacksonCodec;
import dev.cairn.spi.JsonCodec;
import java.lang.reflect.Type;
import java.sql.Connection;
import java.sql.Savepoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What must not move a cursor: nothing, another thread, and code that comes too late. */
class CursorMovesTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  /** The ways to move a cursor. */
  enum Move {
    ADVANCE {
      @Override
      void to(Cursor<Long> cursor, Long position, WorkContext context) {
        cursor.advance(position);
      }
    },
    CHECKPOINT {
      @Override
      void to(Cursor<Long> cursor, Long position, WorkContext context) {
        cursor.checkpoint(position);
      }
    },
    REWIND {
      @Override
      void to(Cursor<Long> cursor, Long position, WorkContext context) {
        cursor.rewind(position);
      }
    },
    ADVANCE_TX {
      @Override
      void to(Cursor<Long> cursor, Long position, WorkContext context) throws Exception {
        context.inTransaction(connection -> {
          cursor.advanceTx(connection, position);
          return true;
        });
      }
    },
    ADVANCE_IN_TRANSACTION {
      @Override
      void to(Cursor<Long> cursor, Long position, WorkContext context) throws Exception {
        cursor.advanceInTransaction((connection, before) -> position);
      }
    };

    abstract void to(Cursor<Long> cursor, Long position, WorkContext context) throws Exception;
  }

  @SuppressWarnings("NullAway") // what a caller without nullness checks may do
  private static Long nothing() {
    return null;
  }

  /** The message of the failure that there must be. */
  private static String refused(ThrowingMove move) {
    try {
      move.run();
    } catch (Exception e) {
      return e.getClass().getSimpleName() + ": " + e.getMessage();
    }
    return "accepted";
  }

  /** The first attempt of a job, which moves the cursor of its step 'rows' and then fails. */
  private JobRow failedAttempt(ResumableJobs.CursorCode moves) {
    return jobs.firstAttempt(
        ResumableJobs.cursorStep(
            "rows",
            (cursor, context) -> {
              moves.run(cursor, context);
              throw new IllegalStateException("on purpose");
            }));
  }

  /** One move of a cursor. */
  @FunctionalInterface
  private interface ThrowingMove {
    void run() throws Exception;
  }

  /** As {@link #refused}, on a thread of its own. */
  private static String refusedElsewhere(ThrowingMove move) throws InterruptedException {
    var message = new ArrayList<String>();
    Thread.ofPlatform().name("elsewhere").start(() -> message.add(refused(move))).join();
    return message.getFirst();
  }

  @ParameterizedTest
  @EnumSource
  void r14_nullIsNoPositionAndOverwritesNone(Move move) {
    var messages = new ArrayList<String>();
    JobRow job =
        failedAttempt((cursor, context) -> {
          cursor.checkpoint(5L);
          messages.add(refused(() -> move.to(cursor, nothing(), context)));
          messages.add("" + cursor.get());
        });

    assertThat(messages).hasSize(2);
    assertThat(messages.getFirst())
        .startsWith("IllegalArgumentException")
        .contains("step 'rows'", "job " + job.id(), "(resumable)", "null");
    assertThat(messages.getLast()).isEqualTo("5");
    assertThat(jobs.savedValue(job.id(), "rows")).isEqualTo("5");
  }

  /** Encodes the position 7 as JSON null. */
  private static final class ForgetfulCodec implements JsonCodec {
    private final JsonCodec codec = JacksonCodec.create();

    @Override
    public String encode(@Nullable Object value) {
      return value instanceof Long number && number == 7 ? " null " : codec.encode(value);
    }

    @Override
    public String encodeExactly(@Nullable Object value) {
      return encode(value);
    }

    @Override
    public <T> T decode(String json, Class<T> type) {
      return codec.decode(json, type);
    }

    @Override
    public @Nullable Object decodeExactly(String json, Type type) {
      return codec.decodeExactly(json, type);
    }
  }

  @ParameterizedTest
  @EnumSource
  void r14_aPositionThatIsEncodedAsNullIsRefused(Move move) {
    var messages = new ArrayList<String>();
    long id =
        clients
            .start(
                ResumableJobs.Args.class,
                (job, context) ->
                    Steps.of(context)
                        .cursor(
                            "rows",
                            Long.class,
                            0L,
                            cursor -> {
                              cursor.checkpoint(5L);
                              messages.add(refused(() -> move.to(cursor, 7L, context)));
                              messages.add("" + cursor.get());
                              throw new IllegalStateException("on purpose");
                            }),
                builder -> builder.codec(new ForgetfulCodec()).maxAttempts(1))
            .insert(new ResumableJobs.Args("test"))
            .id();

    clients.await(id, JobState.DISCARDED);

    assertThat(messages).hasSize(2);
    assertThat(messages.getFirst())
        .startsWith("IllegalArgumentException")
        .contains("step 'rows'", "job " + id, "codec", "null");
    assertThat(messages.getLast()).isEqualTo("5");
    assertThat(jobs.savedValue(id, "rows")).isEqualTo("5");
  }

  @Test
  void r14_aSourceWhosePositionsAreNullIsRefused() {
    Source<String, Long> broken =
        new Source<>() {
          @Override
          public Type cursorType() {
            return Long.class;
          }

          @Override
          public Reader<String, Long> open(@Nullable Long after, Optional<String> pinned) {
            var items = List.of(new Item<>("a", 1L), new Item<>("b", nothing())).iterator();
            return () -> items.hasNext() ? items.next() : null;
          }
        };

    JobRow job =
        jobs.firstAttempt((steps, context) -> steps.forEach("rows", broken, jobs.notes::add));

    assertThat(job.errors().getFirst().error()).contains("step 'rows'", "job " + job.id(), "null");
    assertThat(jobs.savedValue(job.id(), "rows")).isEqualTo("1");
  }

  @Test
  void r14_neitherAnOperatorNorChangedCodeMovesACursorToNull() {
    JobRow job =
        failedAttempt((cursor, context) -> {
          cursor.checkpoint(5L);
        });
    var operator = clients.inserter().jobs().operator("ada");

    assertThat(refused(() -> operator.rewindCursor(job.id(), "rows", " null ")))
        .startsWith("IllegalArgumentException")
        .contains("step 'rows'", "job " + job.id(), "null");

    JobRow changed =
        jobs.nextAttempt(
            job.id(),
            (steps, context) ->
                steps.plan(
                    StepPlan.of("rows")
                        .version(
                            1,
                            progress -> {
                              progress.moveCursor("rows", nothing());
                              return VersionChange.Decision.CONTINUE;
                            })));

    assertThat(changed.errors().getLast().error())
        .contains("step 'rows'", "job " + job.id(), "null");
    assertThat(jobs.savedValue(job.id(), "rows")).isEqualTo("5");
  }

  @ParameterizedTest
  @EnumSource
  void r15_aCursorIsMovedByTheThreadOfItsStepOnly(Move move) {
    var messages = new ArrayList<String>();
    JobRow job =
        failedAttempt((cursor, context) -> {
          cursor.checkpoint(5L);
          messages.add(refusedElsewhere(() -> move.to(cursor, 7L, context)));
          messages.add("" + cursor.get());
          move.to(cursor, 6L, context);
        });

    assertThat(messages.getFirst())
        .startsWith("IllegalStateException")
        .contains("step 'rows'", "job " + job.id(), "'elsewhere'", "parallel");
    assertThat(messages.getLast()).isEqualTo("5");
    assertThat(jobs.savedValue(job.id(), "rows")).isEqualTo("6");
  }

  /** Rows in a faulty order: the worker's transactions must not hide them. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "REWIND")
  void r15_aCursorDoesNotMoveBackBehindATransactionOfTheWorker(Move move) {
    var messages = new ArrayList<String>();
    JobRow job =
        failedAttempt((cursor, context) -> {
          cursor.checkpoint(3L);
          Move.ADVANCE_TX.to(cursor, 10L, context);
          messages.add(refused(() -> move.to(cursor, 5L, context)));
          Move.ADVANCE_TX.to(cursor, 11L, context);
          messages.add(refused(() -> move.to(cursor, 11L, context)));
        });

    assertThat(messages.getFirst())
        .startsWith("IllegalArgumentException")
        .contains("step 'rows'", "job " + job.id(), "back from 10 to 5");
    assertThat(messages.getLast()).isEqualTo("accepted");
    assertThat(jobs.savedValue(job.id(), "rows")).isEqualTo("11");
  }

  /** The position before the move is not committed: only its own transaction knows it. */
  @Test
  void r15_aCursorDoesNotMoveBackWithinOneTransaction() {
    var messages = new ArrayList<String>();
    JobRow job =
        failedAttempt((cursor, context) -> {
          cursor.checkpoint(3L);
          context.inTransaction(connection -> {
            Savepoint before = connection.setSavepoint();
            cursor.advanceTx(connection, 10L);
            messages.add(refused(() -> cursor.advanceTx(connection, 5L)));
            connection.rollback(before);
            messages.add(refused(() -> cursor.advanceTx(connection, 5L)));
            messages.add(refused(() -> cursor.advanceTx(connection, 4L)));
            messages.add(refused(() -> cursor.advanceTx(connection, 6L)));
            return true;
          });
          messages.add(
              refused(() ->
                  cursor.advanceInTransaction((connection, position) -> {
                    cursor.advanceTx(connection, 9L);
                    return 8L;
                  })));
        });

    assertThat(messages).hasSize(5);
    assertThat(messages.get(0)).contains("job " + job.id(), "back from 10 to 5");
    assertThat(messages.get(1)).isEqualTo("accepted");
    assertThat(messages.get(2)).contains("back from 5 to 4");
    assertThat(messages.get(3)).isEqualTo("accepted");
    assertThat(messages.get(4)).contains("back from 9 to 8");
    assertThat(jobs.savedValue(job.id(), "rows")).isEqualTo("6");
  }

  /** The same connection may hold the next transaction. */
  @Test
  void r15_aConnectionThatHasRolledBackIsFreeForASmallerMove() {
    JobRow job =
        failedAttempt((cursor, context) -> {
          try (Connection connection = database.dataSource().getConnection()) {
            connection.setAutoCommit(false);
            cursor.advanceTx(connection, 10L);
            connection.rollback();
            cursor.advanceTx(connection, 5L);
            connection.commit();
          }
        });

    assertThat(job.errors().getFirst().error()).isEqualTo("on purpose");
    assertThat(jobs.savedValue(job.id(), "rows")).isEqualTo("5");
  }

  /** Code that works a batch anew, item by item, need not ask where it is. */
  @ParameterizedTest
  @EnumSource
  void r15_aMoveThatWasRolledBackHoldsUpNoOther(Move move) {
    JobRow job =
        failedAttempt((cursor, context) -> {
          cursor.checkpoint(3L);
          refused(() ->
              context.inTransaction(connection -> {
                cursor.advanceTx(connection, 10L);
                throw new IllegalStateException("rolled back");
              }));
          move.to(cursor, 5L, context);
        });

    assertThat(job.errors().getFirst().error()).isEqualTo("on purpose");
    assertThat(jobs.savedValue(job.id(), "rows")).isEqualTo("5");
  }

  /** Two threads share the rows of one step; the one that is ahead must not speak for the other. */
  @Test
  void r15_noRowIsLostToAThreadThatIsAhead() {
    List<Long> done = Collections.synchronizedList(new ArrayList<>());
    ResumableJobs.Code code =
        ResumableJobs.cursorStep(
            "rows",
            (cursor, context) -> {
              long begin = cursor.get();
              var ahead = new CountDownLatch(1);
              Thread other =
                  context.fork(() -> {
                    try {
                      for (long row = 6; row <= 10; row++) {
                        done.add(row);
                        cursor.advance(row);
                      }
                    } catch (IllegalStateException e) {
                      jobs.notes.add(e.getMessage());
                    } finally {
                      ahead.countDown();
                    }
                  });
              ahead.await();
              other.join();
              for (long row = begin + 1; row <= 10; row++) {
                if (row == 3 && begin == 0) {
                  throw new IllegalStateException("on purpose");
                }
                done.add(row);
                cursor.advance(row);
              }
            });

    JobRow job = jobs.firstAttempt(code);
    assertThat(jobs.savedValue(job.id(), "rows")).isEqualTo("2");
    job = jobs.nextAttempt(job.id(), code);

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(new TreeSet<>(done))
        .containsExactlyElementsOf(LongStream.rangeClosed(1, 10).boxed().toList());
    assertThat(jobs.notes).isNotEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void r12_branchesMoveTheirOwnCursorsAndNotThoseAround(Move move) {
    List<String> messages = Collections.synchronizedList(new ArrayList<>());
    JobRow job =
        jobs.firstAttempt(
            ResumableJobs.cursorStep(
                "around",
                (cursor, context) -> {
                  cursor.checkpoint(5L);
                  Steps.of(context)
                      .parallel(
                          "both",
                          branches -> {
                            for (String name : List.of("one", "two")) {
                              branches.add(
                                  name,
                                  own ->
                                      own.cursor(
                                          "rows",
                                          Long.class,
                                          0L,
                                          it -> {
                                            move.to(it, 7L, context);
                                            messages.add("" + it.get());
                                            messages.add(
                                                refused(() -> move.to(cursor, 7L, context)));
                                          }));
                            }
                          });
                  throw new IllegalStateException("on purpose");
                }));

    assertThat(messages.stream().filter("7"::equals)).hasSize(2);
    assertThat(messages.stream().filter(it -> it.contains("step 'around'"))).hasSize(2);
    assertThat(jobs.savedValue(job.id(), "around")).isEqualTo("5");
  }

  @ParameterizedTest
  @EnumSource
  void r15_aCursorDoesNotMoveOnceItsStepHasEnded(Move move) {
    var messages = new ArrayList<String>();
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          var kept = new ArrayList<Cursor<Long>>();
          steps.cursor("rows", Long.class, 0L, kept::add);
          steps.cursor(
              "more",
              Long.class,
              0L,
              cursor -> {
                move.to(cursor, 1L, context);
                messages.add(refused(() -> move.to(kept.getFirst(), 7L, context)));
                throw new IllegalStateException("on purpose");
              });
        });

    assertThat(messages.getFirst())
        .startsWith("IllegalStateException")
        .contains("step 'rows'", "job " + job.id(), "ended");
    assertThat(jobs.checkpoints(job.id()))
        .anySatisfy(
            row -> assertThat(row).containsEntry("name", "rows").containsEntry("finished", true))
        .anySatisfy(
            row -> assertThat(row).containsEntry("name", "more").containsEntry("value", "1"));
  }

  @ParameterizedTest
  @EnumSource
  void aCursorMovesWithinStepsAndTimesOfItsOwn(Move move) {
    JobRow job =
        failedAttempt((cursor, context) -> {
          Steps.of(context).step("inner", () -> move.to(cursor, 6L, context));
          context.within(
              Duration.ofMinutes(1),
              () -> {
                move.to(cursor, 7L, context);
                return true;
              });
        });

    assertThat(job.errors().getFirst().error()).isEqualTo("on purpose");
    assertThat(jobs.savedValue(job.id(), "rows")).isEqualTo("7");
  }
}
