package dev.cairn.samples.micronaut;

import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.resumable.Steps;
import jakarta.inject.Singleton;

/** A job that saves one position after the other until somebody removes its product. */
@JobKind("endless")
record Endless(String product) {
  /** Its worker. */
  @Singleton
  static class Runner implements Worker<Endless> {
    private final Products products;

    Runner(Products products) {
      this.products = products;
    }

    @Override
    public void work(Job<Endless> job, WorkContext context) throws Exception {
      Steps.of(context)
          .cursor(
              "turns",
              Long.class,
              0L,
              cursor -> {
                while (products.existsById(job.args().product())) {
                  cursor.advance(cursor.get() + 1);
                }
              });
    }
  }
}
