package dev.cairn.dashboard.internal.view;

import dev.cairn.dashboard.Grant;
import dev.cairn.dashboard.Redaction;
import dev.cairn.jobs.JobOperation;
import org.jspecify.annotations.Nullable;

/** What of the data of users one user may see. */
public record Disclosure(Grant grant, Redaction redaction) {
  private static final int SHORT_MAX = 10_000;

  /**
   * The rules for metadata. They contain the output and the cursors as members, and metadata that
   * were no object. In operations, cursors and results are within a text.
   */
  public Redaction ofMetadata() {
    return redaction.isNone()
        ? redaction
        : redaction
            .alsoBehind("output", "river:resumable_cursor.*", "cairn:odd_metadata")
            .with("cairn:operations.detail");
  }

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
    int end = joint.isEmpty() ? -1 : endOfName(detail, joint);
    if (end < 0) {
      return operation.verb().isEmpty() ? null : detail;
    }
    String value = value(detail.substring(end + joint.length()));
    return detail.substring(0, end) + (value == null ? "" : joint + value);
  }

  /** Where the JSON of a value begins behind a step's name, which may contain the joint as well. */
  private static int endOfName(String detail, String joint) {
    int first = detail.indexOf(joint);
    int end = first;
    while (end >= 0 && !isJson(detail.substring(end + joint.length()))) {
      end = detail.indexOf(joint, end + 1);
    }
    // What may be an object that nobody can read is hidden.
    return end < 0 && first >= 0 && detail.indexOf('{', first) >= 0 ? first : end;
  }

  private static boolean isJson(String text) {
    String shown = Redaction.usual().apply(text).json();
    return !shown.equals('"' + Redaction.SHOWN + '"') || shown.equals(text);
  }
}
