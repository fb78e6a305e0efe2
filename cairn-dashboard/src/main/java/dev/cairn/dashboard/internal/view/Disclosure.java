package dev.cairn.dashboard.internal.view;

import dev.cairn.dashboard.Grant;
import dev.cairn.dashboard.Redaction;
import dev.cairn.jobs.JobOperation;
import org.jspecify.annotations.Nullable;

/** What of the data of users one user may see. */
public record Disclosure(Grant grant, Redaction redaction) {
  private static final int SHORT_MAX = 10_000;

  /** A cursor or a position; null if it may not be seen. */
  public @Nullable String value(@Nullable String json) {
    if (json == null || !grant.arguments()) {
      return null;
    }
    String shown = redaction.apply(json).json();
    return shown.length() > SHORT_MAX ? shown.substring(0, SHORT_MAX) : shown;
  }

  /** The detail of an operation, which may repeat a cursor or a result behind the step's name. */
  public @Nullable String detail(JobOperation operation) {
    String detail = operation.detail();
    if (detail == null) {
      return null;
    }
    if (grant.arguments() && redaction.isNone()) {
      return detail;
    }
    String joint =
        switch (operation.verb()) {
          case "rewind" -> " to ";
          case "skip_step" -> " with ";
          default -> "";
        };
    int end = joint.isEmpty() ? -1 : detail.indexOf(joint);
    if (end < 0) {
      return operation.verb().isEmpty() ? null : detail;
    }
    String value = value(detail.substring(end + joint.length()));
    return detail.substring(0, end) + (value == null ? "" : joint + value);
  }
}
