package dev.cairn.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.resumable.Cursor;
import dev.cairn.resumable.Steps;
import dev.cairn.spi.MiddlewareContext;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Right programs and what a mistake makes of each: the explorer passes the former, and finds the
 * latter with its cause (R30).
 */
@TestInstance(Lifecycle.PER_CLASS)
class PlantedFaultsTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final int ROWS = 4;
  private static final List<String> ITEMS = List.of("a", "b", "c", "d", "e");

  @JobKind("planted")
  record Planted() {}

  private final List<String> log = Collections.synchronizedList(new ArrayList<>());
  private final Random random = new Random(1);
  private final ExecutorService pool = Executors.newFixedThreadPool(1);

  /**
   * A program, right or wrong.
   *
   * @param words what is said of it; none if nothing is found
   */
  record Program(String name, Explorer<Planted> explorer, List<String> words) {
    Program(String name, Explorer<Planted> explorer, String... words) {
      this(name, explorer, List.of(words));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  @BeforeAll
  void createTable() throws SQLException {
    execute("CREATE TABLE public.done (note text)");
  }

  @AfterAll
  void dropTable() throws SQLException {
    pool.shutdown();
    execute("DROP TABLE public.done");
  }

  Stream<Program> right() {
    return Stream.of(
        new Program("rows by cursor", inMemory(rows(this::workThenMove)).allowingRepeats(1)),
        new Program("work by a pool", inMemory(rows(this::waitForPool)).allowingRepeats(1)),
        new Program("a pool that is closed", inMemory(this::closePool).allowingRepeats(ROWS)),
        new Program("by time", inMemory(byTime(Instant::isAfter)).allowingRepeats(1)),
        new Program("items in order", inMemory(items(() -> ITEMS)).allowingRepeats(1)),
        new Program("a result", inMemory(Explorer.of(this::keepResult)).allowingRepeats(1)),
        new Program("its transaction", inDatabase(this::insertInTransaction)),
        new Program("rows in transactions", inDatabase(this::insertRowsInTransactions)),
        new Program("completed with its rows", inDatabase(this::completeWithRows)));
  }

  @ParameterizedTest
  @MethodSource("right")
  void r30_nothingIsFoundInARightProgram(Program program) throws Exception {
    assertThat(program.explorer().killEverywhere().schedules()).isPositive();
  }

  Stream<Program> wrong() {
    return Stream.of(
        new Program(
            "effect before the checkpoint",
            inDatabase(this::insertBeforeTheCheckpoint),
            "too much [paid]",
            "its checkpoint was lost with the process"),
        new Program(
            "effect outside of steps",
            inDatabase(this::insertOutsideOfSteps),
            "too much [paid]",
            "the effect lies outside of steps"),
        new Program(
            "other connection",
            inDatabase(this::insertOnAnotherConnection),
            "before the commit of a transaction in which step 'pay' finishes",
            "too much [paid]",
            "on another connection than the one that was given"),
        new Program(
            "transaction without the checkpoint",
            inDatabase(this::insertInAnotherTransaction),
            "in a transaction that does not hold the checkpoint"),
        new Program(
            "effect before the transaction that completes the job",
            inDatabase(this::insertBeforeTheCompletion),
            "before the commit of a transaction that holds no checkpoint",
            "too much [paid]"),
        new Program(
            "cursor ahead",
            inMemory(rows(this::moveThenWork)).allowingRepeats(),
            "missing [row 1]",
            "the cursor is moved before the work is done: move it after the work"),
        new Program(
            "cursor ahead behind a sleep",
            inMemory(this::sleepThenMoveThenWork).allowingRepeats(),
            "run 2 killed after step 'rows' had moved its cursor to 1",
            "missing [row 1]",
            "the cursor is moved before the work is done: move it after the work"),
        new Program(
            "cursor ahead in a branch",
            inMemory(branches(this::moveThenWork)).allowingRepeats(),
            "missing [row ",
            "the cursor is moved before the work is done"),
        new Program(
            "position read inclusively",
            inMemory(this::readInclusively).allowingRepeats(0),
            "too much [row 1]"),
        new Program(
            "position that is set back",
            inMemory(this::beginAgain).allowingRepeats(1),
            "too much [row 1, row 2]",
            "the position is set back"),
        new Program(
            "position overwritten with null",
            inMemory(this::moveToNull).allowingRepeats(1),
            "the undisturbed run does not complete",
            "cannot move to null"),
        new Program(
            "compared by milliseconds",
            inMemory(byTime((row, position) -> row.toEpochMilli() > position.toEpochMilli()))
                .allowingRepeats(),
            "missing [row 2, row 3]",
            "compared less exactly than it is saved"),
        new Program(
            "positions that are shared",
            inMemory(this::moveByMilliseconds).allowingRepeats(),
            "missing [row 2, row 3]",
            "the position is not unique"),
        new Program(
            "unstable order",
            inMemory(items(this::shuffled)).allowingRepeats(),
            "missing",
            "the order in which the items come is not the same in every run"),
        new Program(
            "unstable order, by number",
            inMemory(this::numberShuffledItems).allowingRepeats(),
            "missing",
            "the order in which the items come is not the same in every run"),
        new Program(
            "thread of a pool not waited for",
            inMemory(this::waitForPoolAtTheEnd).allowingRepeats(),
            "after step 'rows' had moved its cursor to 1",
            "another thread went on with its work when that was over: thread 'pool-",
            "in dev.cairn.testing.PlantedFaultsTest.",
            "Wait for it before the checkpoint"),
        new Program(
            "virtual thread not waited for",
            inMemory(this::waitForVirtualThreadsAtTheEnd).allowingRepeats(),
            "another thread went on with its work when that was over:"
                + " a virtual thread that was begun in dev.cairn.testing.PlantedFaultsTest."),
        new Program(
            "pool that is closed behind the checkpoint",
            inMemory(this::closePoolBehindTheCheckpoint).allowingRepeats(),
            "another thread went on with its work when that was over: thread 'pool-"),
        new Program(
            "thread that uses the context of an attempt that is over",
            inMemory(this::useContextForEver).allowingRepeats(),
            "What was done:  nothing",
            "thread 'endless', which used the context"),
        new Program(
            "two threads that move one cursor",
            inMemory(this::moveOnAnotherThread).allowingRepeats(),
            "the undisturbed run does not complete",
            "only the thread of its step may move it",
            "parallel(...) or forEachInParts(...)"),
        new Program(
            "items finished out of order",
            inMemory(this::moveInOrderOfCompletion).allowingRepeats(),
            "the undisturbed run does not complete",
            "wait for all of a batch and move the cursor to its last one"),
        new Program(
            "state in a field",
            inMemory(Explorer.of(Collector::new)).allowingRepeats(),
            "missing [row]",
            "state is kept in a field of the worker"),
        new Program(
            "state in a variable",
            inMemory(this::keepInVariable).allowingRepeats(),
            "missing [row]",
            "state in memory"),
        new Program(
            "end that is swallowed",
            inMemory(rows(this::swallow)).allowingRepeats(),
            "went on to use checkpoints after it was killed",
            "catch (Throwable)"),
        new Program(
            "effect that is never alike",
            inMemory((job, context) ->
                    Steps.of(context).step("mail", () -> log.add("mail " + random.nextInt())))
                .allowingRepeats(),
            "two undisturbed runs do not do the same either"));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void r30_findsEachPlantedFaultWithItsCause(Program program) {
    assertThatThrownBy(program.explorer()::killEverywhere)
        .hasMessageContainingAll(program.words().toArray(new String[0]));
  }

  private Explorer<Planted> inMemory(Worker<Planted> worker) {
    return inMemory(Explorer.of(worker));
  }

  private Explorer<Planted> inMemory(Explorer<Planted> explorer) {
    return explorer.args(new Planted()).before(log::clear).effect(() -> log).pairs(40);
  }

  private Explorer<Planted> inDatabase(Worker<Planted> worker) {
    return Explorer.of(worker)
        .args(new Planted())
        .withDataSource(cairn.dataSource())
        .before(() -> execute("DELETE FROM public.done"))
        .effect(PlantedFaultsTest::inserted)
        .pairs(10);
  }

  /** What is done with one row. */
  private interface RowBody {
    void work(Cursor<Integer> cursor, int row) throws Exception;
  }

  private static Worker<Planted> rows(RowBody body) {
    return (job, context) -> rows(Steps.of(context), body);
  }

  private static void rows(Steps steps, RowBody body) throws Exception {
    steps.cursor(
        "rows",
        Integer.class,
        0,
        cursor -> {
          for (int row = cursor.get() + 1; row <= ROWS; row++) {
            body.work(cursor, row);
          }
        });
  }

  /** The rows in one branch, and a step in another one. */
  private Worker<Planted> branches(RowBody body) {
    return (job, context) ->
        Steps.of(context)
            .parallel(
                "all",
                branches -> {
                  branches.add("one", branch -> rows(branch, body));
                  branches.add("other", branch -> branch.step("step", () -> log.add("other")));
                });
  }

  private void workThenMove(Cursor<Integer> cursor, int row) {
    log.add("row " + row);
    cursor.advance(row);
  }

  private void moveThenWork(Cursor<Integer> cursor, int row) {
    cursor.advance(row);
    log.add("row " + row);
  }

  private void sleepThenMoveThenWork(Job<Planted> job, WorkContext context) throws Exception {
    Steps steps = Steps.of(context);
    steps.step("one", () -> log.add("one"));
    steps.sleep("night", Duration.ofHours(8));
    rows(steps, this::moveThenWork);
  }

  private void swallow(Cursor<Integer> cursor, int row) {
    try {
      workThenMove(cursor, row);
    } catch (Throwable e) {
      log.add("failed");
    }
  }

  private void waitForPool(Cursor<Integer> cursor, int row) throws Exception {
    pool.submit(() -> log.add("row " + row)).get();
    cursor.advance(row);
  }

  private void readInclusively(Job<Planted> job, WorkContext context) throws Exception {
    Steps.of(context)
        .cursor(
            "rows",
            Integer.class,
            1,
            cursor -> {
              for (int row = cursor.get(); row <= ROWS; row++) {
                workThenMove(cursor, row);
              }
            });
  }

  private void beginAgain(Job<Planted> job, WorkContext context) throws Exception {
    Steps.of(context)
        .cursor(
            "rows",
            Integer.class,
            0,
            cursor -> {
              cursor.rewind(0);
              for (int row = 1; row <= ROWS; row++) {
                workThenMove(cursor, row);
              }
            });
  }

  @SuppressWarnings("NullAway") // the mistake
  private void moveToNull(Job<Planted> job, WorkContext context) throws Exception {
    Steps.of(context).cursor("rows", Integer.class, 0, cursor -> cursor.advance(null));
  }

  /** A comparison of a row's time with the position. */
  private interface Behind {
    boolean isBehind(Instant row, Instant position);
  }

  private static Instant timeOf(int row) {
    return Instant.EPOCH.plus(row * 300L, ChronoUnit.MICROS);
  }

  private Worker<Planted> byTime(Behind comparison) {
    return (job, context) ->
        Steps.of(context)
            .cursor(
                "rows",
                Instant.class,
                Instant.MIN,
                cursor -> {
                  Instant position = cursor.get();
                  for (int row = 1; row <= ROWS; row++) {
                    if (position.equals(Instant.MIN)
                        || comparison.isBehind(timeOf(row), position)) {
                      log.add("row " + row);
                      cursor.advance(timeOf(row));
                    }
                  }
                });
  }

  private void moveByMilliseconds(Job<Planted> job, WorkContext context) throws Exception {
    Steps.of(context)
        .cursor(
            "rows",
            Long.class,
            -1L,
            cursor -> {
              long position = cursor.get();
              for (int row = 1; row <= ROWS; row++) {
                if (timeOf(row).toEpochMilli() > position) {
                  log.add("row " + row);
                  cursor.advance(timeOf(row).toEpochMilli());
                }
              }
            });
  }

  /** Where the items come from. */
  private interface Items {
    List<String> read();
  }

  private List<String> shuffled() {
    var items = new ArrayList<>(ITEMS);
    Collections.shuffle(items, random);
    return items;
  }

  private Worker<Planted> items(Items source) {
    return (job, context) ->
        Steps.of(context)
            .cursor(
                "items",
                String.class,
                "",
                cursor -> {
                  List<String> items = source.read();
                  int next = items.indexOf(cursor.get()) + 1;
                  for (String item : items.subList(next, items.size())) {
                    log.add(item);
                    cursor.advance(item);
                  }
                });
  }

  private void numberShuffledItems(Job<Planted> job, WorkContext context) throws Exception {
    Steps.of(context)
        .cursor(
            "items",
            Integer.class,
            0,
            cursor -> {
              List<String> items = shuffled();
              for (int done = cursor.get(); done < items.size(); done++) {
                log.add(items.get(done));
                cursor.advance(done + 1);
              }
            });
  }

  /** Rows that are handed on, and are done when the cursor has moved past them. */
  private void handOn(WorkContext context, Function<FutureTask<String>, Future<?>> thread)
      throws Exception {
    Steps.of(context)
        .cursor(
            "rows",
            Integer.class,
            0,
            cursor -> {
              var waits = new ArrayList<Future<?>>();
              for (int row = cursor.get() + 1; row <= ROWS; row++) {
                waits.add(handOn(cursor, row, thread));
              }
              for (Future<?> wait : waits) {
                wait.get();
              }
            });
  }

  private Future<?> handOn(
      Cursor<Integer> cursor, int row, Function<FutureTask<String>, Future<?>> thread)
      throws InterruptedException {
    var begun = new CountDownLatch(1);
    var moved = new CountDownLatch(1);
    var task =
        new FutureTask<String>(() -> {
          begun.countDown();
          moved.await();
          log.add("row " + row);
          return "done";
        });
    Future<?> wait = thread.apply(task);
    begun.await();
    try {
      cursor.advance(row);
    } finally {
      moved.countDown();
    }
    return wait;
  }

  private void waitForPoolAtTheEnd(Job<Planted> job, WorkContext context) throws Exception {
    handOn(context, pool::submit);
  }

  private void waitForVirtualThreadsAtTheEnd(Job<Planted> job, WorkContext context)
      throws Exception {
    handOn(
        context,
        task -> {
          Thread.startVirtualThread(task);
          return task;
        });
  }

  private void closePoolBehindTheCheckpoint(Job<Planted> job, WorkContext context)
      throws Exception {
    try (ExecutorService own = Executors.newFixedThreadPool(1)) {
      handOn(context, own::submit);
    }
  }

  private void closePool(Job<Planted> job, WorkContext context) throws Exception {
    Steps.of(context)
        .step(
            "rows",
            () -> {
              try (ExecutorService own = Executors.newVirtualThreadPerTaskExecutor()) {
                IntStream.rangeClosed(1, ROWS)
                    .forEach(row -> {
                      Future<?> ignored = own.submit(() -> log.add("row " + row));
                    });
              }
            });
  }

  private void useContextForEver(Job<Planted> job, WorkContext context) throws Exception {
    var uses = new CountDownLatch(1);
    Thread.ofPlatform()
        .name("endless")
        .start(() -> {
          while (true) {
            try {
              ((MiddlewareContext) context).checkpoints().flush();
              uses.countDown();
            } catch (IllegalStateException e) {
              return;
            }
          }
        });
    // On a loaded machine, it could begin when all is over.
    uses.await();
    Steps.of(context).step("one", () -> log.add("one"));
  }

  private void moveOnAnotherThread(Job<Planted> job, WorkContext context) throws Exception {
    Steps.of(context)
        .cursor(
            "rows",
            Integer.class,
            0,
            cursor -> {
              cursor.advance(1);
              CompletableFuture.runAsync(() -> cursor.advance(2)).join();
            });
  }

  private void moveInOrderOfCompletion(Job<Planted> job, WorkContext context) throws Exception {
    Steps.of(context)
        .cursor(
            "rows",
            Integer.class,
            0,
            cursor -> {
              for (int row : List.of(2, 1, 4, 3)) {
                workThenMove(cursor, row);
              }
            });
  }

  /** Keeps what one step has loaded for the next one. */
  private final class Collector implements Worker<Planted> {
    private final List<String> loaded = new ArrayList<>();

    @Override
    public void work(Job<Planted> job, WorkContext context) throws Exception {
      Steps steps = Steps.of(context);
      steps.step("load", () -> loaded.add("row"));
      steps.step("store", () -> log.addAll(loaded));
    }
  }

  private void keepInVariable(Job<Planted> job, WorkContext context) throws Exception {
    new Collector().work(job, context);
  }

  private Worker<Planted> keepResult() {
    return (job, context) -> {
      Steps steps = Steps.of(context);
      String loaded = steps.step("load", String.class, () -> "row");
      steps.step("store", () -> log.add(loaded));
    };
  }

  private void insertInTransaction(Job<Planted> job, WorkContext context) throws Exception {
    Steps.of(context).stepTx("pay", connection -> insert(connection, "paid"));
  }

  private void insertOnAnotherConnection(Job<Planted> job, WorkContext context) throws Exception {
    Steps.of(context).stepTx("pay", connection -> insertAlone("paid"));
  }

  private void insertBeforeTheCheckpoint(Job<Planted> job, WorkContext context) throws Exception {
    Steps.of(context).step("pay", () -> insertAlone("paid"));
  }

  private void insertOutsideOfSteps(Job<Planted> job, WorkContext context) throws Exception {
    insertAlone("paid");
    Steps.of(context).step("tell", () -> {});
  }

  private void insertInAnotherTransaction(Job<Planted> job, WorkContext context) throws Exception {
    Steps.of(context)
        .step(
            "pay",
            () ->
                context.<Boolean>inTransaction(connection -> {
                  insert(connection, "paid");
                  return true;
                }));
  }

  private void insertRowsInTransactions(Job<Planted> job, WorkContext context) throws Exception {
    Steps.of(context)
        .cursor(
            "rows",
            Integer.class,
            0,
            cursor -> {
              for (int row = cursor.get() + 1; row <= 2; row++) {
                try (Connection connection = cairn.dataSource().getConnection()) {
                  connection.setAutoCommit(false);
                  insert(connection, "row " + row);
                  cursor.advanceTx(connection, row);
                  connection.commit();
                }
              }
            });
  }

  private void completeWithRows(Job<Planted> job, WorkContext context) throws Exception {
    complete(context, connection -> insert(connection, "paid"));
  }

  private void insertBeforeTheCompletion(Job<Planted> job, WorkContext context) throws Exception {
    insertAlone("paid");
    complete(context, connection -> {});
  }

  /** What is done in the transaction that completes the job. */
  private interface LastWork {
    void run(Connection connection) throws Exception;
  }

  /** In a transaction that the worker begins itself. */
  private static void complete(WorkContext context, LastWork work) throws Exception {
    try (Connection connection = cairn.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      work.run(connection);
      context.completeTx(connection);
      connection.commit();
    }
  }

  private static void execute(String sql) throws SQLException {
    try (Connection connection = cairn.dataSource().getConnection();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void insert(Connection connection, String note) throws SQLException {
    try (var insert = connection.prepareStatement("INSERT INTO public.done VALUES (?)")) {
      insert.setString(1, note);
      insert.executeUpdate();
    }
  }

  private static void insertAlone(String note) throws SQLException {
    try (Connection connection = cairn.dataSource().getConnection()) {
      insert(connection, note);
    }
  }

  private static List<String> inserted() throws SQLException {
    try (Connection connection = cairn.dataSource().getConnection();
        var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT note FROM public.done ORDER BY note")) {
      var all = new ArrayList<String>();
      while (rows.next()) {
        all.add(rows.getString(1));
      }
      return all;
    }
  }
}
