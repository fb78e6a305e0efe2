package dev.cairn.samples.quarkus;

import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import jakarta.enterprise.context.ApplicationScoped;

/** A job that does nothing. */
@JobKind("note")
record Note(String text) {
  /** Its worker. */
  @ApplicationScoped
  static class Notes implements Worker<Note> {
    @Override
    public void work(Job<Note> job, WorkContext context) {}
  }
}
