package dev.cairn.cli.jobs;

import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.StepProgress;
import java.util.List;

/** Where a job that is watched is shown. */
interface WatchView extends AutoCloseable {
  /** How it stands now. */
  void show(JobProgress progress, List<StepProgress> steps);

  /** A message about the watching itself, which continues. */
  void note(String line);

  /** A last line. */
  void end(String line);

  /** Leaves the terminal as it was. */
  @Override
  void close();
}
