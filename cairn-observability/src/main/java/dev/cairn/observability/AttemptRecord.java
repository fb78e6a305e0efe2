package dev.cairn.observability;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** An attempt of a job, as the flight recorder keeps it. */
@Name("dev.cairn.Attempt")
@Label("Attempt")
@Description("An attempt of a job")
@Category("Cairn")
@StackTrace(false)
final class AttemptRecord extends Event {
  @Label("Job")
  long jobId;

  @Label("Kind")
  @Nullable String kind;

  @Label("Queue")
  @Nullable String queue;

  @Label("Attempt")
  int attempt;

  @Label("Failure")
  @Description(
      "The class of the exception that the worker threw, including snoozes and interruptions")
  @Nullable String failure;
}
