package dev.cairn.samples.micronaut;

import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import jakarta.inject.Singleton;

/** A job that does nothing. */
@JobKind("note")
record Note(String text) {
  /** Its worker. */
  @Singleton
  static class Notes implements Worker<Note> {
    @Override
    public void work(Job<Note> job, WorkContext context) {}
  }
}
