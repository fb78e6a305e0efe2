package dev.cairn.cli.jobs;

import dev.cairn.JobRow;
import dev.cairn.cli.Output;
import dev.cairn.jobs.QuarantinedItem;
import java.util.List;

/** The items that a job has put aside, for people. */
final class QuarantineText {
  private QuarantineText() {}

  static void print(Output out, JobRow job, List<QuarantinedItem> items) {
    if (items.isEmpty()) {
      out.line("Job %d (%s) has put nothing aside.".formatted(job.id(), job.kind()));
    }
    for (QuarantinedItem item : items) {
      out.line(
          "%s  %s%s"
              .formatted(
                  item.step(), item.position(), item.redrive() ? "  (to be done again)" : ""));
      out.line("  " + item.error().lines().findFirst().orElse(""));
    }
  }
}
