package dev.cairn;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The worker of a client with one poisoned piece, which concerns one of its jobs or all. */
final class ForeignScene implements Worker<ForeignScene.Task> {
  final Poison poison;
  final long poisonedId;

  /** What is done for the poisoned job; all others have nothing to do. */
  Worker<Task> body = (job, context) -> requireNotInterrupted();

  Runnable beforeTimeout = () -> {};
  Runnable beforeResumePolicy = () -> {};
  Runnable beforeNextRetry = () -> {};
  Duration timeout = Duration.ZERO;
  ResumePolicy policy = ResumePolicy.defaults();

  private final List<Runnable> clearing = new ArrayList<>();

  @JobKind("foreign")
  record Task(String name) {}

  ForeignScene(Poison poison, long poisonedId) {
    this.poison = poison;
    this.poisonedId = poisonedId;
  }

  /** Misbehaves if it is about the poisoned job. */
  void takeIn(WorkContext context) {
    takeFor(context.job());
  }

  void takeFor(Job<?> job) {
    if (job.id() == poisonedId) {
      poison.take();
    }
  }

  private static void requireNotInterrupted() {
    if (Thread.currentThread().isInterrupted()) {
      throw new IllegalStateException("somebody else has left this thread interrupted");
    }
  }

  /** What is around the worker is part of it, and may interrupt it. */
  void takesOverInterrupts() {
    body = (job, context) -> {};
  }

  /** The poisoned job fails by itself. */
  void fails() {
    body =
        (job, context) -> {
          throw new IllegalStateException("own failure");
        };
  }

  /** Has something undone in the end. */
  void clearing(Runnable action) {
    clearing.add(action);
  }

  void clear() {
    clearing.forEach(Runnable::run);
  }

  @Override
  public void work(Job<Task> job, WorkContext context) throws Exception {
    if (job.id() == poisonedId) {
      body.work(job, context);
    } else {
      requireNotInterrupted();
    }
  }

  @Override
  public Optional<Duration> timeout(Job<Task> job) {
    return Optional.of(ask(beforeTimeout, job, timeout));
  }

  @Override
  public Optional<ResumePolicy> resumePolicy(Job<Task> job) {
    return Optional.of(ask(beforeResumePolicy, job, policy));
  }

  @Override
  public Optional<Instant> nextRetry(Job<Task> job, Throwable failure) {
    return ask(beforeNextRetry, job, Optional.empty());
  }

  private <T> T ask(Runnable before, Job<Task> job, T answer) {
    if (job.id() == poisonedId) {
      before.run();
    }
    return answer;
  }
}
