package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.cairn.spi.LeaderTask;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Work of an extension that only the client which leads does. */
class LeaderTaskTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private static final Set<Poison.Kind> THROWING =
      EnumSet.complementOf(EnumSet.of(Poison.Kind.HANG, Poison.Kind.INTERRUPT_LEFT_SET));

  @JobKind("beside_task")
  record Beside() {}

  /** Is called what it is told to say. */
  private record Called(Supplier<@Nullable String> words) implements LeaderTask {
    @Override
    public String name() {
      return words.get();
    }

    @Override
    public Duration turn(Cairn client) {
      return Duration.ofMillis(10);
    }
  }

  private static final class Counting implements LeaderTask {
    private final AtomicInteger turns = new AtomicInteger();
    private final AtomicInteger ends = new AtomicInteger();
    private final AtomicInteger stands = new AtomicInteger();
    private final Runnable body;

    Counting(Runnable body) {
      this.body = body;
    }

    @Override
    public String name() {
      return "counting";
    }

    @Override
    public Duration turn(Cairn client) {
      turns.incrementAndGet();
      body.run();
      return Duration.ZERO;
    }

    @Override
    public void stand() {
      stands.incrementAndGet();
      body.run();
    }

    @Override
    public void end() {
      ends.incrementAndGet();
      body.run();
    }
  }

  private Cairn start(LeaderTask task) {
    database.execute("DELETE FROM %s.river_leader".formatted(database.schema()));
    return clients.start(Beside.class, (job, context) -> {}, builder -> builder.leaderTask(task));
  }

  @Test
  void twoTasksOfOneNameAreBothDoneAndBothEnd() {
    var one = new Counting(() -> {});
    var other = new Counting(() -> {});
    database.execute("DELETE FROM %s.river_leader".formatted(database.schema()));
    Cairn client =
        clients.start(
            Beside.class,
            (job, context) -> {},
            builder -> builder.leaderTask(one).leaderTask(other));
    await().atMost(PATIENCE).until(() -> one.turns.get() > 0 && other.turns.get() > 0);

    client.stop();

    assertThat(one.ends).hasValue(1);
    assertThat(other.ends).hasValue(1);
  }

  @Test
  void aTaskIsToldWhenItsClientStandsForElection() {
    var task = new Counting(() -> {});
    try (Cairn inserting =
        Cairn.builder(database.dataSource()).schema(database.schema()).leaderTask(task).build()) {
      assertThat(inserting.status().leads()).isFalse();
    }
    clients.start(
        Beside.class, (job, context) -> {}, builder -> builder.leaderTask(task).neverLeads());
    assertThat(task.stands).hasValue(0);

    Cairn client = start(task);
    assertThat(task.stands).hasValue(1);
    await().atMost(PATIENCE).until(() -> task.turns.get() > 0);
    client.stop();
    client.start();

    assertThat(task.stands).hasValue(2);
  }

  @Test
  void aTaskIsAskedForItsNameOnlyOnce() {
    var asked = new AtomicInteger();
    var turned = new AtomicInteger();
    var task =
        new LeaderTask() {
          @Override
          public String name() {
            if (asked.incrementAndGet() > 1) {
              throw new IllegalStateException("I have said it");
            }
            return "forgetful";
          }

          @Override
          public Duration turn(Cairn client) {
            turned.incrementAndGet();
            return Duration.ZERO;
          }
        };

    Cairn client = start(task);

    await().atMost(PATIENCE).until(() -> turned.get() >= 2);
    client.stop();
    assertThat(asked).hasValue(1);
  }

  @Test
  void aTaskWithoutANameIsRefusedWithTheReason() {
    var builder = Cairn.builder(database.dataSource());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.leaderTask(new Called(() -> null)))
        .withMessageContaining(Called.class.getName())
        .withMessageContaining("returns null");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.leaderTask(new Called(() -> " ")))
        .withMessageContaining("returns ' '");
    for (Poison.Kind kind : THROWING) {
      assertThatIllegalArgumentException()
          .isThrownBy(() ->
              builder.leaderTask(
                  new Called(() -> {
                    new Poison(kind).take();
                    return "never";
                  })))
          .withMessageContaining(Called.class.getName())
          .withMessageContaining("name() throws");
    }
  }

  @Test
  void aTaskIsDoneWhileItsClientLeadsAndEndsWithIt() {
    var task = new Counting(() -> {});
    Cairn client = start(task);
    await().atMost(PATIENCE).until(() -> task.turns.get() >= 3);
    assertThat(task.ends).hasValue(0);

    client.stop();

    int turns = task.turns.get();
    assertThat(task.ends).hasValue(1);
    assertThat(task.turns).hasValue(turns);
  }

  @Test
  void aClientThatDoesNotLeadDoesNoTask() {
    var leading = new Counting(() -> {});
    start(leading);
    await().atMost(PATIENCE).until(() -> leading.turns.get() >= 1);
    var other = new Counting(() -> {});
    Cairn second =
        clients.start(Beside.class, (job, context) -> {}, builder -> builder.leaderTask(other));
    int turns = leading.turns.get();
    await().atMost(PATIENCE).until(() -> leading.turns.get() > turns);
    second.stop();

    assertThat(other.turns).hasValue(0);
    assertThat(other.ends).hasValue(0);
  }

  @ParameterizedTest
  @EnumSource(value = Poison.Kind.class, mode = Mode.EXCLUDE, names = "HANG")
  void aTaskThatThrowsIsTriedAgainAndStopsNothing(Poison.Kind kind) {
    var poison = new Poison(kind);
    var task = new Counting(poison::take);
    Cairn client = start(task);
    await().atMost(PATIENCE).until(() -> task.turns.get() >= 2);
    clients.await(client.insert(new Beside()).id(), JobState.COMPLETED);

    client.stop();

    assertThat(task.ends).hasValue(1);
  }
}
