package dev.cairn.internal.client;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.internal.json.StorableJson;
import dev.cairn.internal.json.StoredJson;
import dev.cairn.internal.store.JobChange;
import dev.cairn.internal.store.JobChange.Next;
import dev.cairn.internal.store.JobChange.Request;
import dev.cairn.internal.store.JobControlStore;
import dev.cairn.internal.store.JobControlStore.LockedJob;
import dev.cairn.internal.store.JobListStore;
import dev.cairn.internal.store.JobListStore.Change;
import dev.cairn.internal.store.StepChanges;
import dev.cairn.internal.text.ByteLimit;
import dev.cairn.jobs.JobOperator;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.JobUpdate;
import dev.cairn.jobs.StepProgress;
import dev.cairn.resumable.ResumableLimits;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** The implementation of {@link JobOperator}. */
final class RecordingOperator implements JobOperator {
  private static final int REASON_MAX = 1_000;

  /** In characters, as for a reason. */
  private static final int DETAIL_MAX = 1_000;

  private final JoiningStore<JobControlStore> store;

  private final JoiningStore<JobListStore> jobs;

  private final JobChanges changes;

  private final String by;

  private final ResumableLimits limits;

  private final @Nullable String reason;

  RecordingOperator(
      JoiningStore<JobControlStore> store,
      JoiningStore<JobListStore> jobs,
      JobChanges changes,
      String by,
      ResumableLimits limits) {
    this(store, jobs, changes, by, limits, null);
  }

  private RecordingOperator(
      JoiningStore<JobControlStore> store,
      JoiningStore<JobListStore> jobs,
      JobChanges changes,
      String by,
      ResumableLimits limits,
      @Nullable String reason) {
    this.store = store;
    this.jobs = jobs;
    this.changes = changes;
    this.by = by;
    this.limits = limits;
    this.reason = reason;
  }

  @Override
  public JobOperator because(String why) {
    String text = StorableJson.requireText("the reason of an operation", why);
    if (text.length() > REASON_MAX) {
      throw new IllegalArgumentException(
          "the reason of an operation may have %d characters, not %d"
              .formatted(REASON_MAX, text.length()));
    }
    return new RecordingOperator(store, jobs, changes, by, limits, text);
  }

  @Override
  public Optional<JobRow> interrupt(long id) {
    return change(
        id,
        locked ->
            locked.job().state() == JobState.RUNNING
                ? Optional.of(
                    verb("interrupt")
                        // A requested pause is kept, because it interrupts the job, too.
                        .with(
                            locked.progress().pauseRequested() ? Request.PAUSE : Request.INTERRUPT))
                : Optional.empty());
  }

  @Override
  public Optional<JobRow> pause(long id) {
    return change(
        id,
        locked ->
            switch (locked.job().state()) {
              case RUNNING -> Optional.of(verb("pause").with(Request.PAUSE));
              case AVAILABLE, RETRYABLE, SCHEDULED -> Optional.of(verb("pause").with(Next.PENDING));
              case PENDING -> Optional.empty();
              case COMPLETED, CANCELLED, DISCARDED -> throw ended(locked, "paused");
            });
  }

  @Override
  public Optional<JobRow> resume(long id) {
    return change(
        id,
        locked ->
            switch (locked.job().state()) {
              case PENDING -> Optional.of(verb("resume").with(Next.AVAILABLE_IN_TIME));
              case RUNNING ->
                  locked.progress().pauseRequested()
                      ? Optional.of(verb("resume").with(Request.WITHDRAW))
                      : Optional.empty();
              case AVAILABLE, RETRYABLE, SCHEDULED -> Optional.empty();
              case COMPLETED, CANCELLED, DISCARDED -> throw ended(locked, "resumed");
            });
  }

  @Override
  public Optional<JobRow> cancel(long id) {
    return change(
        id,
        locked ->
            switch (locked.job().state()) {
              case RUNNING -> Optional.of(verb("cancel").with(Request.CANCEL));
              case AVAILABLE, PENDING, RETRYABLE, SCHEDULED ->
                  Optional.of(verb("cancel").with(Next.CANCELLED).with(Request.CANCEL));
              case COMPLETED, CANCELLED, DISCARDED -> Optional.empty();
            });
  }

  @Override
  public List<JobRow> cancelMany(JobQuery query) {
    JobQuery some = StoredJobs.requireCancellable(query);
    return jobs.write(it -> it.cancelMany(some, verb("cancel")));
  }

  @Override
  public Optional<JobRow> retry(long id) {
    return change(
        id,
        locked ->
            switch (locked.job().state()) {
              case RUNNING -> Optional.empty();
              case AVAILABLE ->
                  locked.job().scheduledAt().isAfter(locked.progress().at())
                      ? Optional.of(verb("retry").with(Next.AVAILABLE))
                      : Optional.empty();
              case PENDING, RETRYABLE, SCHEDULED, CANCELLED, DISCARDED ->
                  Optional.of(verb("retry").with(Next.AVAILABLE));
              case COMPLETED ->
                  Optional.of(verb("retry").with(Next.AVAILABLE).with(StepChanges.FORGET_ALL));
            });
  }

  @Override
  public List<JobRow> retryMany(JobQuery query) {
    JobQuery some = StoredJobs.requireNoScanLimit("retry", query);
    return jobs.write(it -> it.retryMany(some, verb("retry")));
  }

  @Override
  public Optional<JobRow> update(long id, JobUpdate update) {
    Change change = changes.of(id, update);
    JobChange verb = verb("update", JobChanges.describe(update));
    return jobs.write(it -> it.update(id, change, verb));
  }

  @Override
  public Optional<JobRow> rewindToStep(long id, String step) {
    return change(id, locked -> Optional.of(verb("rewind", step).with(rewind(locked, step, null))));
  }

  @Override
  public Optional<JobRow> rewindCursor(long id, String step, String cursorJson) {
    String what = "the cursor of step '%s' of job %d".formatted(step, id);
    String cursor = ByteLimit.ofValue(() -> what, json(what, cursorJson), limits.cursorBytes());
    if (cursor.strip().equals("null")) {
      throw new IllegalArgumentException(
          what + " cannot move to null: rewind to the step, to run it from its beginning");
    }
    return change(
        id,
        locked ->
            Optional.of(verb("rewind", step + " to " + cursor).with(rewind(locked, step, cursor))));
  }

  @Override
  public Optional<JobRow> runAgainFrom(long id, String step) {
    return change(
        id,
        locked ->
            Optional.of(
                verb("run_again", step).with(rewind(locked, step, null)).with(Next.AVAILABLE)));
  }

  @Override
  public Optional<JobRow> skipStep(long id, String step) {
    return skip(id, step, null);
  }

  @Override
  public Optional<JobRow> skipStep(long id, String step, String resultJson) {
    String what = "the result of step '%s' of job %d".formatted(step, id);
    String result = ByteLimit.ofValue(() -> what, json(what, resultJson), limits.resultBytes());
    return skip(id, step, result);
  }

  private Optional<JobRow> skip(long id, String step, @Nullable String result) {
    String what = "the name of a step of job " + id;
    ByteLimit.ofPath(() -> what, StorableJson.requireText(what, step));
    return change(
        id,
        locked -> {
          requireSteps(locked, step);
          boolean finished =
              locked.progress().steps().stream()
                  .anyMatch(it -> it.finished() && it.name().equals(step));
          if (finished) {
            throw new IllegalStateException(
                "step '%s' of %s is already finished: rewind to it first [CAIRN-403]"
                    .formatted(step, describe(locked)));
          }
          String detail = result == null ? step : step + " with " + result;
          JobChange skipped =
              verb("skip_step", detail).with(StepChanges.setting(step, true, result));
          return Optional.of(sleepsIn(locked, step) ? skipped.with(awake(locked)) : skipped);
        });
  }

  private static Next awake(LockedJob locked) {
    return locked.job().state() == JobState.PENDING ? Next.PENDING_AND_DUE : Next.AVAILABLE;
  }

  /**
   * Whether the job may be waiting in this step, so that it has to run to find the step finished.
   */
  private static boolean sleepsIn(LockedJob locked, String step) {
    return EnumSet.of(JobState.SCHEDULED, JobState.PENDING).contains(locked.job().state())
        && locked.progress().steps().stream().anyMatch(it -> it.name().equals(step));
  }

  @Override
  public Optional<JobRow> restart(long id) {
    return change(
        id,
        locked -> {
          requireNotRunning(locked);
          return Optional.of(verb("restart").with(StepChanges.FORGET_ALL).with(Next.AVAILABLE));
        });
  }

  @Override
  public Optional<JobRow> redrive(long id) {
    return change(
        id,
        locked -> {
          requireNotRunning(locked);
          return Optional.of(verb("redrive").with(Next.AVAILABLE).redriving());
        });
  }

  private Optional<JobRow> change(long id, Function<LockedJob, Optional<JobChange>> decision) {
    return store.write(it -> it.change(id, decision));
  }

  private JobChange verb(String verb) {
    return JobChange.of(verb, by, null).because(reason);
  }

  /**
   * Limits the detail, which may be a large result, because the job's row keeps fifty operations.
   */
  private JobChange verb(String verb, String detail) {
    String kept =
        detail.length() <= DETAIL_MAX
            ? detail
            : StorableJson.clean(detail.substring(0, DETAIL_MAX)) + "...";
    return JobChange.of(verb, by, kept).because(reason);
  }

  private static StepChanges rewind(LockedJob locked, String step, @Nullable String cursor) {
    requireSteps(locked, step);
    StepProgress target =
        locked.progress().steps().stream()
            .filter(it -> it.name().equals(step))
            .findFirst()
            .orElseThrow(() -> unknown(step, locked));
    return StepChanges.rewind(locked.progress().steps(), target, cursor);
  }

  private static IllegalArgumentException unknown(String step, LockedJob locked) {
    List<String> known = locked.progress().steps().stream().map(StepProgress::name).toList();
    return new IllegalArgumentException(
        known.isEmpty()
            ? "%s has not reached any step yet, so not '%s'".formatted(describe(locked), step)
            : "%s has not reached a step '%s', only %s".formatted(describe(locked), step, known));
  }

  private static String json(String what, String text) {
    try {
      JsonNode ignored = StoredJson.read(text);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "%s is not JSON: %s (a text needs quotes) [CAIRN-206]".formatted(what, text), e);
    }
    return StorableJson.require(() -> what, text);
  }

  private static void requireSteps(LockedJob locked, String step) {
    requireNotRunning(locked);
    if (locked.job().state() == JobState.COMPLETED) {
      throw new IllegalStateException(
          ("nothing was changed: %s is completed, and the steps of completed jobs are not kept, so "
                  + "there is no step '%s' to act on: restart runs it from zero [CAIRN-402]")
              .formatted(describe(locked), step));
    }
    if (locked.riverIsNewer()) {
      throw new IllegalStateException(
          ("a client of River in another language worked %s last, and keeps no list of steps: "
                  + "restart the job, or let a worker of Cairn run it once [CAIRN-404]")
              .formatted(describe(locked)));
    }
  }

  private static void requireNotRunning(LockedJob locked) {
    if (locked.job().state() == JobState.RUNNING) {
      throw new IllegalStateException(
          ("%s is running, and its steps cannot be changed meanwhile: pause it first, and "
                  + "resume it afterwards [CAIRN-401]")
              .formatted(describe(locked)));
    }
  }

  private static IllegalStateException ended(LockedJob locked, String what) {
    return new IllegalStateException(
        "%s is %s and cannot be %s: retry or restart it [CAIRN-402]"
            .formatted(describe(locked), locked.job().state().label(), what));
  }

  private static String describe(LockedJob locked) {
    return "job %d (%s)".formatted(locked.job().id(), locked.job().kind());
  }
}
