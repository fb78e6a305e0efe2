package dev.cairn.internal.foreign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.Poison;
import dev.cairn.TestLogs;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** The one door for foreign code, and the loggers and words that belong to it. */
class DoorTest {
  @AfterEach
  void clearInterrupt() {
    boolean ignored = Thread.interrupted();
  }

  @ParameterizedTest
  @EnumSource(value = Poison.Kind.class, mode = Mode.EXCLUDE, names = "HANG")
  void nothingThatForeignCodeDoesLeavesTheDoor(Poison.Kind kind) {
    var poison = new Poison(kind);

    boolean returned = ForeignCode.run("somebody", "to see", poison::take);

    assertThat(returned).isEqualTo(kind == Poison.Kind.INTERRUPT_LEFT_SET);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    assertThat(
            ForeignCode.<String>ask(
                "somebody",
                "to see",
                "otherwise",
                () -> {
                  poison.take();
                  return "answer";
                }))
        .isEqualTo(returned ? "answer" : "otherwise");
  }

  @Test
  void anInterruptThatWasThereBeforeIsThereAfterIt() {
    Thread.currentThread().interrupt();

    ForeignCode.run("somebody", "to see", () -> {});

    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void aClassLoaderThatIsLeftBehindIsPutRight() {
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    var other = new URLClassLoader(new URL[0], null);

    ForeignCode.run(
        "somebody", "to see", () -> Thread.currentThread().setContextClassLoader(other));

    assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(before);
  }

  @Test
  void whatIsDealtWithElsewherePassesButTheThreadIsInOrder() {
    assertThatThrownBy(() ->
            ForeignCode.tidily(() -> {
              Thread.currentThread().interrupt();
              throw new IllegalStateException("passes");
            }))
        .hasMessage("passes");
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void whoHasFailedAndWhatForIsLogged() {
    ForeignCode.run("a curious listener", "when told the door test", this::fail);

    assertThat(TestLogs.warnings("a curious listener failed when told the door test")).hasSize(1);
  }

  private void fail() {
    throw new IllegalStateException("on purpose");
  }

  @ParameterizedTest
  @EnumSource(value = Poison.Kind.class, mode = Mode.EXCLUDE, names = "HANG")
  void aLoggerNeverThrows(Poison.Kind kind) {
    var poison = new Poison(kind);
    Runnable ended = TestLogs.trap(text -> text.contains("the log line of a test"), poison::take);
    try {
      assertThatCode(() -> Log.of(DoorTest.class).warn("the log line of a test"))
          .doesNotThrowAnyException();
      assertThat(poison.wasTaken()).isTrue();
    } finally {
      ended.run();
    }
  }

  @Test
  void aLineThatCannotBeLoggedIsLoggedWithoutItsValues() {
    Object value =
        new Object() {
          @Override
          public String toString() {
            return "spoilt value";
          }
        };
    Runnable ended = TestLogs.trap(text -> text.contains("spoilt value"), this::fail);
    try {
      Log.of(DoorTest.class).warn("a line with a {}", value);
    } finally {
      ended.run();
    }

    assertThat(TestLogs.warnings("a line with a {} (logged without its values")).isNotEmpty();
  }

  @Test
  void aClassLoadsThoughItCanHaveNoLogger() {
    Runnable ended = TestLogs.trap(Unlogged.class.getName()::equals, this::fail);
    try {
      assertThatCode(() -> Log.of(Unlogged.class).warn("nobody hears this"))
          .doesNotThrowAnyException();
    } finally {
      ended.run();
    }
  }

  private static final class Unlogged {}

  @Test
  void causesThatGoInCirclesComeToAnEnd() {
    var outer = new AtomicReference<@Nullable Throwable>();
    var inner =
        new IllegalStateException() {
          private static final long serialVersionUID = 1L;

          @Override
          public synchronized @Nullable Throwable getCause() {
            return outer.get();
          }
        };
    outer.set(new IllegalArgumentException(inner));

    var failure = new ForeignFailure(inner);

    assertThat(failure.chain()).hasSizeLessThanOrEqualTo(100);
    assertThat(failure.find(IllegalArgumentException.class)).isNotNull();
    assertThat(failure.find(ArithmeticException.class)).isNull();
  }

  @Test
  void theSameFailureAgainIsNotSuppressedInItself() {
    var failure = new IllegalStateException();

    new ForeignFailure(failure).suppress(failure);

    assertThat(failure.getSuppressed()).isEmpty();
  }

  @Test
  void whatSaysNothingIsKnownByItsClass() {
    assertThat(new ForeignFailure(new IllegalStateException()).message())
        .isEqualTo("java.lang.IllegalStateException");
  }
}
