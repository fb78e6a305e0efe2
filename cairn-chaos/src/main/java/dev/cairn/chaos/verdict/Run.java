package dev.cairn.chaos.verdict;

import dev.cairn.chaos.history.JobFact;
import dev.cairn.chaos.history.Note;
import dev.cairn.chaos.history.Note.Kind;
import java.util.List;

/**
 * One run of a job by one client, according to its journal.
 *
 * @param id the id of the run
 * @param jobId the job
 * @param client the client
 * @param notes the notes of the run, in order
 */
record Run(String id, long jobId, String client, List<Note> notes) {
  /** Whether the run worked this job. After a failover, a second job may have the same id. */
  boolean worked(JobFact job) {
    String key = notes.getFirst().text();
    return jobId == job.id() && (key.isEmpty() || key.equals(job.deed().key()));
  }

  long began() {
    return notes.getFirst().millis();
  }

  /** The time of the end, or of the last note. */
  long lastSeen() {
    return notes.getLast().millis();
  }

  /** How the run ended; empty if it was cut off. */
  String end() {
    Note last = notes.getLast();
    return last.kind() == Kind.ENDED ? last.text() : "";
  }

  /** Whether neither the worker nor its process noted how the run ended. */
  boolean isSilent() {
    return end().isEmpty();
  }

  /** Whether something outside of the job's own code ended the run. */
  boolean wasInterrupted() {
    return end().startsWith(Note.INTERRUPTED);
  }

  boolean returned() {
    return end().equals(Note.RETURNED);
  }

  /** Whether an outage of the database ended the run. */
  boolean wasCutOffByDatabase() {
    return end().startsWith(Note.CUT_OFF);
  }

  boolean threw() {
    return end().startsWith(Note.THREW);
  }
}
