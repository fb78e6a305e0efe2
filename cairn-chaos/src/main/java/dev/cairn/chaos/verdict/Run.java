package dev.cairn.chaos.verdict;

import dev.cairn.chaos.history.JobFact;
import dev.cairn.chaos.history.Note;
import dev.cairn.chaos.history.Note.Kind;
import java.util.List;

/**
 * One run of a job by one client, as its journal tells.
 *
 * @param id its id
 * @param jobId the job
 * @param client the client
 * @param notes its notes, in order
 */
record Run(String id, long jobId, String client, List<Note> notes) {
  /** Whether it worked this job. A failover that loses commits may give an id to a second job. */
  boolean worked(JobFact job) {
    String key = notes.getFirst().text();
    return jobId == job.id() && (key.isEmpty() || key.equals(job.deed().key()));
  }

  long began() {
    return notes.getFirst().millis();
  }

  /** Its end, or its last sign of life. */
  long lastSeen() {
    return notes.getLast().millis();
  }

  /** How it ended; empty if it was cut off. */
  String end() {
    Note last = notes.getLast();
    return last.kind() == Kind.ENDED ? last.text() : "";
  }

  boolean returned() {
    return end().equals(Note.RETURNED);
  }

  /** Whether the database went away under it. */
  boolean wasCutOffByDatabase() {
    return end().startsWith(Note.CUT_OFF);
  }

  boolean threw() {
    return end().startsWith(Note.THREW);
  }
}
