package dev.cairn.samples.quarkus;

import dev.cairn.Cairn;
import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;

/** A job that inserts the next one. */
@JobKind("chain")
record Chain(String text) {
  /** Made before the client, since it is no proxy. */
  @Singleton
  static class Links implements Worker<Chain> {
    private final Instance<Cairn> cairn;

    Links(Instance<Cairn> cairn) {
      this.cairn = cairn;
    }

    @Override
    public void work(Job<Chain> job, WorkContext context) {
      cairn.get().insert(new Note(job.args().text()));
    }
  }
}
