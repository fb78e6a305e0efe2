package dev.cairn.observability;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** What happened in an attempt, as the flight recorder keeps it. */
@Name("dev.cairn.StepEvent")
@Label("Step Event")
@Description("Something that happened in an attempt of a job")
@Category("Cairn")
@StackTrace(false)
final class StepRecord extends Event {
  @Label("Event")
  @Nullable String event;

  @Label("Job")
  long jobId;

  @Label("Kind")
  @Nullable String kind;

  @Label("Attempt")
  int attempt;

  @Label("Step")
  @Nullable String step;

  @Label("Detail")
  @Description("Cursor, time spent, reason, class of the failure, or position of the item")
  @Nullable String detail;
}
