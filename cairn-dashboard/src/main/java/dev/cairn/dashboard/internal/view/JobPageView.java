package dev.cairn.dashboard.internal.view;

import dev.cairn.dashboard.internal.view.Views.Count;
import dev.cairn.dashboard.internal.view.Views.ItemView;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The page of one job.
 *
 * @param steps as a tree: right behind each step come those within it
 * @param stepsInAll how many there are; of very many, not all are in {@code steps}
 */
public record JobPageView(
    Instant now,
    HeadView job,
    String sentence,
    @Nullable WhyView why,
    @Nullable PauseView queuePause,
    @Nullable NextView next,
    @Nullable ProgressView progress,
    List<StepView> steps,
    int stepsInAll,
    List<CurvePoint> curve,
    List<MarkView> marks,
    QuarantinedView quarantined,
    List<OperationView> operations,
    List<VerbView> verbs) {
  /** The job itself: what lists show, and more. */
  public record HeadView(
      String id,
      String state,
      String kind,
      String queue,
      int priority,
      int attempt,
      int maxAttempts,
      List<String> tags,
      Instant createdAt,
      Instant scheduledAt,
      @Nullable Instant attemptedAt,
      @Nullable Instant finalizedAt,
      @Nullable String client,
      @Nullable String error,
      @Nullable String step,
      @Nullable String done,
      @Nullable String total,
      @Nullable Integer crashes,
      @Nullable Count quarantined,
      String waitingText,
      List<ErrorEntry> errors,
      int errorsInAll,
      List<String> attemptedBy,
      int interruptions,
      int snoozes,
      boolean pauseRequested,
      boolean cancelRequested,
      long metadataBytes,
      long argsBytes,
      long outputBytes) {}

  /**
   * An error.
   *
   * @param at when its attempt began; null if that is not known
   * @param endedAt when its attempt ended; null if that is not known
   * @param same how many in a row are alike; this is the last of them
   */
  public record ErrorEntry(
      @Nullable Instant at,
      @Nullable Instant endedAt,
      int attempt,
      String error,
      String trace,
      int same) {}

  /** Why it waits. */
  public record WhyView(String text, List<TextLink> links) {}

  /** That the queue of the job is paused: since when, and by whom and why, if that is known. */
  public record PauseView(Instant at, @Nullable String by, @Nullable String reason) {}

  /** A link with a text. */
  public record TextLink(String text, String view, Map<String, String> query) {}

  /** The one next act. */
  public record NextView(String verb, String text) {}

  /** The current step. */
  public record ProgressView(
      String step,
      @Nullable String done,
      @Nullable String total,
      @Nullable Double rate,
      @Nullable Long timeLeftMs,
      long spentMs,
      @Nullable Instant savedAt) {}

  /**
   * A step.
   *
   * @param cursor as it may be shown
   * @param cursorPartial whether a part of the cursor is hidden, or its end is missing
   */
  public record StepView(
      String name,
      int depth,
      @Nullable Integer position,
      boolean finished,
      boolean running,
      @Nullable Integer attempt,
      @Nullable Instant startedAt,
      Instant savedAt,
      long spentMs,
      @Nullable String done,
      @Nullable String total,
      @Nullable Double rate,
      @Nullable Long timeLeftMs,
      @Nullable String cursor,
      boolean cursorPartial,
      int cursorBytes,
      List<WaitView> waits,
      @Nullable String skippedBy) {}

  /** What a step waits for. */
  public record WaitView(@Nullable String signal, @Nullable String job) {}

  /** A point of the curve of a step. */
  public record CurvePoint(Instant at, @Nullable String step, @Nullable String done) {}

  /** What has happened. */
  public record MarkView(
      Instant at, String kind, String text, @Nullable String by, @Nullable Integer attempt) {}

  /** What it has put aside. */
  public record QuarantinedView(String n, boolean atLeast, List<ItemView> items) {}

  /** An act. */
  public record OperationView(
      Instant at, String verb, String by, @Nullable String detail, @Nullable String reason) {}

  /** What can be done. */
  public record VerbView(String verb, String text, boolean allowed, @Nullable String because) {}
}
