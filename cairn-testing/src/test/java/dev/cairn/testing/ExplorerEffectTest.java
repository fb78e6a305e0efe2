package dev.cairn.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.resumable.Steps;
import java.io.Serial;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.ConcurrentModificationException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Effects that a test hands out as they are, and never copies. */
class ExplorerEffectTest {
  @JobKind("effects")
  record Effects() {}

  /** What the worker does: it repeats it when it is killed at the end of the step. */
  private static final class World {
    final List<String> rows = Collections.synchronizedList(new ArrayList<>());
    final Map<String, Integer> counts = Collections.synchronizedMap(new HashMap<>());
    final AtomicInteger count = new AtomicInteger();
    final BitSet bits = new BitSet();
    final int[] array = new int[1];

    void clear() {
      rows.clear();
      counts.clear();
      count.set(0);
      bits.clear();
      array[0] = 0;
    }

    void work(Job<Effects> job, WorkContext context) throws Exception {
      Steps.of(context).step("once", this::add);
    }

    /** Does it exactly once. */
    void workRightly(Job<Effects> job, WorkContext context) throws Exception {
      Steps.of(context)
          .step(
              "once",
              () -> {
                clear();
                add();
              });
    }

    private void add() {
      rows.add("row");
      counts.merge("row", 1, Integer::sum);
      bits.set(count.getAndIncrement());
      array[0]++;
    }
  }

  /** Of two collections. */
  record Both(Object one, Object other) {}

  private final World world = new World();

  private Explorer<Effects> explorer(Callable<?> effect) {
    return Explorer.of(world::work).args(new Effects()).before(world::clear).effect(effect);
  }

  private static List<String> ways() {
    return List.of("map", "list", "record", "optional", "array", "entries", "values", "deep");
  }

  private Object handOut(String way) {
    return switch (way) {
      case "map" -> Map.of("rows", world.rows);
      case "list" -> List.of(world.rows, world.counts);
      case "record" -> new Both(world.rows, "fixed");
      case "optional" -> Optional.of(world.rows);
      case "array" -> world.array;
      case "entries" -> world.counts.entrySet();
      case "values" -> world.counts.values();
      case "deep" -> Map.of("all", List.of(new Both("fixed", new Object[] {world.rows})));
      default -> throw new AssertionError(way);
    };
  }

  @ParameterizedTest
  @MethodSource("ways")
  void anEffectIsCopiedHoweverDeepItIs(String way) {
    assertThatThrownBy(() -> explorer(() -> handOut(way)).killEverywhere())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("A job that is killed does not end as an undisturbed one");
  }

  @ParameterizedTest
  @MethodSource("ways")
  void anEffectThatIsTheSameIsTakenForTheSame(String way) throws Exception {
    Explorer.of(world::workRightly)
        .args(new Effects())
        .before(world::clear)
        .effect(() -> handOut(way))
        .killEverywhere();
  }

  @Test
  void whatWouldBeComparedWithItselfIsRefused() {
    assertThatIllegalStateException()
        .isThrownBy(() -> explorer(() -> world.count).killEverywhere())
        .withMessageContainingAll("AtomicInteger", "no equals", "[CAIRN-815]");
    assertThatIllegalStateException()
        .isThrownBy(() -> explorer(() -> Map.of("count", world.count)).killEverywhere())
        .withMessageContainingAll("AtomicInteger", "no equals", "[CAIRN-815]");
    for (Object holder : List.of(new Both("fixed", world.count), Optional.of(world.count))) {
      assertThatIllegalStateException()
          .isThrownBy(() -> explorer(() -> holder).killEverywhere())
          .withMessageContainingAll("AtomicInteger", "no equals", "[CAIRN-815]");
    }
    assertThatIllegalStateException()
        .isThrownBy(() -> explorer(() -> List.of(world.bits)).killEverywhere())
        .withMessageContainingAll("has been changed by later runs", "[CAIRN-815]");
  }

  /** Two are equal if they have the same rows, whenever that was. */
  record Timed(List<String> rows, long nanos) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Timed timed && rows.equals(timed.rows);
    }

    @Override
    public int hashCode() {
      return rows.hashCode();
    }
  }

  @Test
  void aRecordIsComparedByTheEqualsOfItsAuthor() throws Exception {
    Explorer.of(world::workRightly)
        .args(new Effects())
        .before(world::clear)
        .effect(() -> new Timed(List.copyOf(world.rows), System.nanoTime()))
        .killEverywhere();
    assertThatThrownBy(() ->
            explorer(() -> new Timed(List.copyOf(world.rows), System.nanoTime())).killEverywhere())
        .isInstanceOf(AssertionError.class);
  }

  /** As if a thread that the job has left behind added something meanwhile. */
  private static final class Changing extends ArrayList<String> {
    @Serial private static final long serialVersionUID = 1L;

    Changing() {
      super(List.of("row"));
    }

    @Override
    public Iterator<String> iterator() {
      throw new ConcurrentModificationException();
    }

    @Override
    public void forEach(Consumer<? super String> action) {
      throw new ConcurrentModificationException();
    }
  }

  @Test
  void aListThatAnotherThreadChangesIsCopied() {
    assertThat(EffectCopy.of(new Changing()).value()).isEqualTo(List.of("row"));
  }

  @Test
  void anInvariantIsGivenWhatTheTestHandsOut() throws Exception {
    explorer(() -> new Both(world.rows, world.count))
        .invariant(effect -> assertThat((List<?>) ((Both) effect).one()).isNotEmpty())
        .killEverywhere();
  }

  /** As with a mail box that the worker does not send to, or a query of another table. */
  @Test
  void anEffectThatTheJobDoesNotChangeIsRefused() throws Exception {
    var elsewhere = new ArrayList<>(List.of("from the beginning"));
    Explorer<Effects> explorer = explorer(() -> elsewhere);
    for (Callable<?> effect : List.<Callable<?>>of(() -> elsewhere, List::of, () -> "fixed")) {
      assertThatIllegalStateException()
          .isThrownBy(() -> explorer.effect(effect).allowingRepeats().killEverywhere())
          .withMessageContainingAll("has left the effect as it was", "[CAIRN-818]");
    }
    assertThatIllegalStateException()
        .isThrownBy(() -> explorer.replay("1:lost"))
        .withMessageContainingAll("[from the beginning]", "before(...)", "[CAIRN-818]");

    // Nothing has taken away what an earlier test has done.
    world.counts.put("row", 1);
    assertThatIllegalStateException()
        .isThrownBy(() ->
            Explorer.of(world::work)
                .args(new Effects())
                .effect(() -> world.counts.keySet())
                .killEverywhere())
        .withMessageContaining("[CAIRN-818]");

    explorer.invariant(effect -> assertThat((List<?>) effect).hasSize(1)).killEverywhere();
  }

  @Test
  void aJobThatOnlySetsMetadataIsComparedByThem() throws Exception {
    Explorer<Effects> explorer =
        Explorer.of((Job<Effects> job, WorkContext context) -> context.setMetadata("rows", 3))
            .args(new Effects())
            .comparingOnlyMetadata();

    assertThat(explorer.killEverywhere().schedules()).isPositive();
    assertThatIllegalStateException()
        .isThrownBy(() -> explorer.ignoringMetadata().killEverywhere())
        .withMessageContaining("[CAIRN-818]");
    assertThatIllegalStateException()
        .isThrownBy(() -> explorer(List::of).comparingOnlyMetadata().killEverywhere())
        .withMessageContainingAll("no output or metadata", "[CAIRN-818]");
    // Those with which the job was inserted are no work of its own.
    assertThatIllegalStateException()
        .isThrownBy(() ->
            explorer(List::of)
                .comparingOnlyMetadata()
                .with(tester -> tester.withMetadata("{\"tenant\": 7}"))
                .killEverywhere())
        .withMessageContainingAll("no output or metadata", "[CAIRN-818]");
  }

  /** As a file that the job writes, or an assertion about the jobs that it inserts. */
  @Test
  void anEffectThatCannotBeReadBeforeTheJobHasRunIsCompared() throws Exception {
    List<Callable<?>> effects =
        List.of(
            () -> world.rows.getFirst(),
            () -> {
              assertThat(world.rows).isNotEmpty();
              return world.rows.getLast();
            });
    for (Callable<?> effect : effects) {
      assertThat(explorer(effect).killEverywhere().schedules()).isPositive();
    }
    assertThatThrownBy(
            () -> explorer(() -> world.rows.getFirst() + world.rows.size()).killEverywhere())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("row2 instead of row1");
  }

  /** Such as one of a library that waits for connections. */
  private static void serve() {
    while (!Thread.interrupted()) {
      LockSupport.park();
    }
  }

  @Test
  void aThreadOfALibraryIsNotTakenForOneOfTheJobWhateverTheEffectIs() throws Exception {
    Queue<String> sent = new ConcurrentLinkedQueue<>();
    List<Callable<Collection<String>>> effects =
        List.of(() -> sent, () -> Map.of("sent", sent.isEmpty() ? "nothing" : "x").values());
    for (Callable<Collection<String>> effect : effects) {
      var servers = new ArrayList<Thread>();
      try {
        Explorer.of(
                (Job<Effects> job, WorkContext context) -> {
                  if (servers.isEmpty()) {
                    servers.add(Thread.ofPlatform().daemon().start(ExplorerEffectTest::serve));
                  }
                  Steps.of(context).step("send", () -> sent.add("a mail"));
                })
            .args(new Effects())
            .before(sent::clear)
            .effect(effect)
            .allowingRepeats()
            .killEverywhere();
      } finally {
        servers.forEach(Thread::interrupt);
      }
    }
  }
}
