package dev.cairn.samples.quarkus;

import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.resumable.Steps;
import io.quarkus.narayana.jta.QuarkusTransaction;
import jakarta.enterprise.context.ApplicationScoped;

/** A job that saves one position after the other until somebody removes its product. */
@JobKind("endless")
record Endless(String product) {
  /** Its worker. */
  @ApplicationScoped
  static class Runner implements Worker<Endless> {
    private final Products products;

    Runner(Products products) {
      this.products = products;
    }

    @Override
    public void work(Job<Endless> job, WorkContext context) throws Exception {
      String product = job.args().product();
      Steps.of(context)
          .cursor(
              "turns",
              Long.class,
              0L,
              cursor -> {
                while (isThere(product)) {
                  cursor.advance(cursor.get() + 1);
                }
              });
    }

    private boolean isThere(String product) {
      return QuarkusTransaction.requiringNew()
          .call(() -> products.findByIdOptional(product).isPresent());
    }
  }
}
