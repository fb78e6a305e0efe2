package dev.cairn;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/** What foreign code does to whoever calls it. Thread-safe. */
public final class Poison {
  private final Kind kind;
  private final CountDownLatch cure = new CountDownLatch(1);
  private final Set<Thread> takers = ConcurrentHashMap.newKeySet();

  /** The ways to misbehave. */
  public enum Kind {
    EXCEPTION,
    FAILED_ASSERTION,
    MISSING_CLASS,
    UNDECLARED_EXCEPTION,
    INTERRUPT_LEFT_SET,
    HANG
  }

  public Poison(Kind kind) {
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  /** Misbehaves. Code that hangs does so until the cure, whoever interrupts it. */
  public void take() {
    takers.add(Thread.currentThread());
    switch (kind) {
      case EXCEPTION -> throw new IllegalStateException("poison");
      case FAILED_ASSERTION -> throw new AssertionError("poison");
      case MISSING_CLASS -> throw new NoClassDefFoundError("dev/cairn/poison");
      case UNDECLARED_EXCEPTION -> Poison.<RuntimeException>sneak(new IOException("poison"));
      case INTERRUPT_LEFT_SET -> Thread.currentThread().interrupt();
      case HANG -> awaitCure();
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // as Kotlin and Lombok do
  private static <T extends Throwable> void sneak(Throwable checked) throws T {
    throw (T) checked;
  }

  private void awaitCure() {
    boolean interrupted = false;
    while (true) {
      try {
        cure.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  public boolean wasTaken() {
    return !takers.isEmpty();
  }

  /** Lets go what hangs. */
  public void cure() {
    cure.countDown();
  }

  /** Whether every thread that took it has come to its end. */
  public boolean isDigested() {
    return takers.stream().noneMatch(Thread::isAlive);
  }
}
