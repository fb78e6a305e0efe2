package dev.cairn.samples.quarkus;

import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.resumable.Steps;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Optional;

/** A job whose first attempt fails within its step, and whose second one fails after it. */
@JobKind("unlucky")
record Unlucky(String name) {
  /** Its worker. */
  @ApplicationScoped
  static class Misfortunes implements Worker<Unlucky> {
    private final Products products;

    Misfortunes(Products products) {
      this.products = products;
    }

    @Override
    public void work(Job<Unlucky> job, WorkContext context) throws Exception {
      Steps.of(context)
          .stepTx(
              "save",
              () -> {
                products.persistAndFlush(new Product(job.args().name() + " " + job.attempt()));
                failIf(job.attempt() == 1, "in the step");
              });
      failIf(job.attempt() == 2, "after the step");
    }

    private static void failIf(boolean unlucky, String where) {
      if (unlucky) {
        throw new IllegalStateException(where);
      }
    }

    @Override
    public Optional<Instant> nextRetry(Job<Unlucky> job, Throwable failure) {
      // A moment that has passed would leave it to the policy: 1 and 16 seconds.
      return Optional.of(Instant.now().plusMillis(100));
    }
  }
}
