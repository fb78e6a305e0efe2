package dev.cairn.programs;

import dev.cairn.programs.Node.ForEach;
import dev.cairn.programs.Node.Loop;
import dev.cairn.programs.Node.Mistake;
import dev.cairn.programs.Node.Move;
import dev.cairn.programs.Node.StepTx;
import dev.cairn.resumable.Cursor;
import dev.cairn.resumable.Steps;
import dev.cairn.source.Sources;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import javax.sql.DataSource;

/** The code of nodes with a {@link Mutation}. */
final class Mistakes {
  private final Attempt attempt;
  private final DataSource dataSource;
  private final Memory memory;

  /**
   * The memory of a process.
   *
   * @param fields those of the worker
   * @param random by which unordered items come: another order each time, also in other processes
   */
  record Memory(Map<String, Integer> fields, Random random) {
    static Memory ofSeed(long seed) {
      return withEmptyFields(new Random(seed));
    }

    /** That of a new process. */
    static Memory withEmptyFields(Random random) {
      return new Memory(new ConcurrentHashMap<>(), random);
    }
  }

  Mistakes(Attempt attempt, DataSource dataSource, Memory memory) {
    this.attempt = attempt;
    this.dataSource = dataSource;
    this.memory = memory;
  }

  void run(Steps steps, Mistake mistake, ProgramCode.Code right) throws Exception {
    Node node = mistake.right();
    String name = Meaning.nameOf(node);
    switch (mistake.mutation()) {
      case OUTSIDE_OF_STEPS -> {
        rowAlone(Meaning.id(name, "outside"));
        right.run();
      }
      case BEFORE_THE_CHECKPOINT -> steps.step(name, () -> rowAlone(name));
      case OTHER_CONNECTION -> onAnotherConnection(steps, node);
      case OTHER_TRANSACTION -> loop(steps, node, this::inAnotherTransaction);
      case CURSOR_AHEAD -> loop(steps, node, this::moveThenWork);
      case NOT_JOINED -> handOn(steps, (Loop) node);
      case UNSTABLE_ORDER -> shuffled(steps, (ForEach) node);
      case STATE_IN_FIELD -> keepInField(steps, name);
    }
  }

  private void rowAlone(String id) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      attempt.row(connection, id);
    }
  }

  private void onAnotherConnection(Steps steps, Node node) throws Exception {
    switch (node) {
      case StepTx it -> steps.stepTx(it.name(), connection -> rowAlone(it.name()));
      case ForEach it ->
          steps.forEachTx(
              it.name(),
              Sources.list(it.items().at(attempt.number())),
              it.size(),
              (connection, batch) -> {
                for (String item : batch) {
                  rowAlone(Meaning.id(it.name(), item));
                }
              });
      default ->
          loop(
              steps,
              node,
              (loop, cursor, number) ->
                  cursor.advanceInTransaction((connection, before) -> {
                    rowAlone(id(loop, number));
                    return number;
                  }));
    }
  }

  /** What a loop does with a number. */
  private interface Round {
    void run(Loop loop, Cursor<Integer> cursor, int number) throws Exception;
  }

  private static void loop(Steps steps, Node node, Round round) throws Exception {
    var loop = (Loop) node;
    steps.cursor(
        loop.name(),
        Integer.class,
        0,
        cursor -> {
          for (int number = cursor.get() + 1; number <= loop.count(); number++) {
            round.run(loop, cursor, number);
          }
        });
  }

  private static String id(Loop loop, int number) {
    return Meaning.id(loop.name(), String.valueOf(number));
  }

  private void inAnotherTransaction(Loop loop, Cursor<Integer> cursor, int number)
      throws Exception {
    attempt
        .context()
        .<Boolean>inTransaction(connection -> {
          attempt.row(connection, id(loop, number));
          return true;
        });
    cursor.advance(number);
  }

  private void moveThenWork(Loop loop, Cursor<Integer> cursor, int number) {
    move(loop, cursor, number);
    attempt.effect(id(loop, number));
  }

  private static void move(Loop loop, Cursor<Integer> cursor, int number) {
    if (loop.move() == Move.CHECKPOINT) {
      cursor.checkpoint(number);
    } else {
      cursor.advance(number);
    }
  }

  /** Each thread does its work when the cursor has moved past it; the loop waits in the end. */
  private void handOn(Steps steps, Loop loop) throws Exception {
    var threads = new ArrayList<Future<?>>();
    loop(
        steps,
        loop,
        (same, cursor, number) -> {
          threads.add(handOn(loop, cursor, number));
          if (number == loop.count()) {
            for (Future<?> thread : threads) {
              thread.get();
            }
          }
        });
  }

  private Future<?> handOn(Loop loop, Cursor<Integer> cursor, int number)
      throws InterruptedException {
    var begun = new CountDownLatch(1);
    var moved = new CountDownLatch(1);
    var task =
        new FutureTask<String>(() -> {
          begun.countDown();
          moved.await();
          attempt.effect(id(loop, number));
          return "done";
        });
    Thread.startVirtualThread(task);
    begun.await();
    try {
      move(loop, cursor, number);
    } finally {
      moved.countDown();
    }
    return task;
  }

  private void shuffled(Steps steps, ForEach each) throws Exception {
    List<String> items = new ArrayList<>(each.items().at(attempt.number()));
    Collections.shuffle(items, memory.random());
    steps.forEach(
        each.name(), Sources.list(items), item -> attempt.effect(Meaning.id(each.name(), item)));
  }

  private void keepInField(Steps steps, String name) throws Exception {
    steps.step(
        name,
        () -> {
          attempt.effect(name);
          memory.fields().put(name, 1);
        });
    steps.step(
        name + "-used",
        () -> {
          if (memory.fields().containsKey(name)) {
            attempt.effect(Meaning.id(name, "used"));
          }
        });
  }
}
