package dev.cairn.dashboard.internal.view;

import dev.cairn.JobState;
import dev.cairn.dashboard.internal.read.Clients;
import dev.cairn.dashboard.internal.read.Clients.Alive;
import dev.cairn.dashboard.internal.read.JobDetails;
import dev.cairn.dashboard.internal.read.JobDetails.Failure;
import dev.cairn.dashboard.internal.read.JobDetails.More;
import dev.cairn.dashboard.internal.read.JobDetails.Wait;
import dev.cairn.dashboard.internal.read.JobFilter;
import dev.cairn.dashboard.internal.read.JobLists;
import dev.cairn.dashboard.internal.read.JobSummaries.Summary;
import dev.cairn.dashboard.internal.read.Snapshot;
import dev.cairn.dashboard.internal.view.JobPageView.CurvePoint;
import dev.cairn.dashboard.internal.view.JobPageView.ErrorEntry;
import dev.cairn.dashboard.internal.view.JobPageView.HeadView;
import dev.cairn.dashboard.internal.view.JobPageView.NextView;
import dev.cairn.dashboard.internal.view.JobPageView.OperationView;
import dev.cairn.dashboard.internal.view.JobPageView.PauseView;
import dev.cairn.dashboard.internal.view.JobPageView.ProgressView;
import dev.cairn.dashboard.internal.view.JobPageView.QuarantinedView;
import dev.cairn.dashboard.internal.view.JobPageView.StepView;
import dev.cairn.dashboard.internal.view.JobPageView.TextLink;
import dev.cairn.dashboard.internal.view.JobPageView.VerbView;
import dev.cairn.dashboard.internal.view.JobPageView.WaitView;
import dev.cairn.dashboard.internal.view.JobPageView.WhyView;
import dev.cairn.dashboard.internal.view.Views.Count;
import dev.cairn.dashboard.internal.view.Views.ItemView;
import dev.cairn.dashboard.internal.words.FittingVerbs;
import dev.cairn.dashboard.internal.words.JobFacts;
import dev.cairn.dashboard.internal.words.JobFacts.Around;
import dev.cairn.dashboard.internal.words.JobFacts.Past;
import dev.cairn.dashboard.internal.words.Sentence;
import dev.cairn.dashboard.internal.words.WhyItWaits;
import dev.cairn.jobs.JobOperation;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.Jobs;
import dev.cairn.jobs.StepProgress;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Puts the page of one job together, as of one moment. */
public final class JobPages {
  private static final int STEPS_MAX = 1_000;
  private static final int NAME_MAX = 200;
  private static final int REASON_MAX = 1_000;
  private static final int DETAIL_MAX = 10_000;

  private final Snapshot snapshot;
  private final Disclosure disclosure;
  private final Summary job;
  private final JobProgress progress;
  private final More more;
  private final List<Failure> failures;
  private final List<Wait> waits;
  private final JobFacts facts;

  private JobPages(
      Snapshot snapshot, Disclosure disclosure, Summary job, JobProgress progress, More more)
      throws SQLException {
    this.snapshot = snapshot;
    this.disclosure = disclosure;
    this.job = job;
    this.progress = progress;
    this.more = more;
    this.failures = JobDetails.failures(snapshot, job.id());
    this.waits = JobDetails.waits(snapshot, job.id());
    this.facts = facts();
  }

  /** Adds a point to the curve of a job, and returns the curve. */
  @FunctionalInterface
  public interface Curves {
    /**
     * Adds a point.
     *
     * @param saved the present position when it was saved, for a curve that begins now
     */
    List<CurvePoint> with(long id, CurvePoint saved, CurvePoint point);
  }

  /** Empty if there is no such job. */
  public static Optional<JobPageView> of(
      Snapshot snapshot, Jobs jobs, long id, Disclosure disclosure, Curves curves)
      throws SQLException {
    Optional<Summary> job = summary(snapshot, id);
    Optional<JobProgress> progress = jobs.progress(snapshot.connection(), id);
    Optional<More> more = JobDetails.more(snapshot, id);
    if (job.isEmpty() || progress.isEmpty() || more.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new JobPages(snapshot, disclosure, job.get(), progress.get(), more.get()).view(curves));
  }

  /** A job as lists show it. */
  public static Optional<Summary> summary(Snapshot snapshot, long id) throws SQLException {
    var page = new JobLists.Page(JobLists.Order.ID, true, 1, null);
    return JobLists.page(snapshot, JobFilter.ALL.withIds(List.of(id)), page).jobs().stream()
        .findFirst();
  }

  private JobFacts facts() throws SQLException {
    Alive clients = Clients.alive(snapshot, job.client());
    return new JobFacts(
        more.now(),
        job,
        new Past(
            progress.savedAt(),
            progress.steps().size(),
            progress.interruptions(),
            progress.crashes(),
            progress.pauseRequested(),
            job.state() == JobState.RUNNING && more.cancelRequested(),
            progress.operations()),
        new Around(
            JobDetails.queue(snapshot, job.queue()).orElse(null),
            clients.number(),
            clients.isAlive(),
            JobDetails.ahead(snapshot, job),
            waits));
  }

  private JobPageView view(Curves curves) throws SQLException {
    Optional<WhyItWaits.Why> why = WhyItWaits.of(facts);
    int quarantined = JobDetails.quarantined(snapshot, job.id());
    List<ItemView> items =
        quarantined == 0
            ? List.of()
            : ItemView.all(JobDetails.items(snapshot, job.id()), disclosure);
    StepProgress current = progress.current();
    return new JobPageView(
        more.now(),
        head(why.map(WhyItWaits.Why::text).orElse("")),
        Sentence.of(facts),
        why.map(JobPages::why).orElse(null),
        pause(facts.around().queue()),
        FittingVerbs.next(facts)
            .map(next -> new NextView(next.verb().label(), next.text()))
            .orElse(null),
        current == null ? null : progress(current),
        StepTree.of(progress.steps(), STEPS_MAX).stream().map(this::step).toList(),
        progress.steps().size(),
        curve(curves),
        JobMarks.of(job, progress, failures),
        new QuarantinedView(Integer.toString(quarantined), quarantined >= Views.COUNTED_MAX, items),
        progress.operations().stream().map(this::operation).toList(),
        FittingVerbs.of(facts, disclosure.grant()).stream()
            .map(act -> new VerbView(act.verb().label(), act.text(), act.allowed(), act.because()))
            .toList());
  }

  /** Its last position has been the same since it was saved, also if nobody has looked then. */
  private List<CurvePoint> curve(Curves curves) {
    StepProgress current = progress.current();
    String step = current == null ? null : current.name();
    String done = current == null ? null : Views.text(current.done());
    Instant since = current == null ? more.now() : current.savedAt();
    // Since an earlier attempt it has waited, not stalled.
    if (job.attemptedAt() != null && job.attemptedAt().isAfter(since)) {
      since = job.attemptedAt();
    }
    return curves.with(
        job.id(),
        new CurvePoint(since.isAfter(more.now()) ? more.now() : since, step, done),
        new CurvePoint(more.now(), step, done));
  }

  private static @Nullable PauseView pause(JobDetails.@Nullable Queue queue) {
    return queue == null || queue.pausedAt() == null
        ? null
        : new PauseView(queue.pausedAt(), queue.pausedBy(), queue.pauseReason());
  }

  private static WhyView why(WhyItWaits.Why why) {
    return new WhyView(
        why.text(),
        why.links().stream()
            .map(link -> new TextLink(link.text(), link.view(), link.query()))
            .toList());
  }

  private HeadView head(String waiting) {
    return new HeadView(
        Long.toString(job.id()),
        job.state().label(),
        job.kind(),
        job.queue(),
        job.priority(),
        job.attempt(),
        job.maxAttempts(),
        job.tags(),
        job.createdAt(),
        job.scheduledAt(),
        job.attemptedAt(),
        job.finalizedAt(),
        job.client(),
        job.error(),
        job.step(),
        Views.text(job.done()),
        Views.text(job.total()),
        progress.crashes(),
        job.quarantined() == 0 ? null : Count.of(job.quarantined(), 1_001),
        waiting,
        errors(),
        more.errorsInAll(),
        more.attemptedBy().stream().map(client -> Views.cut(client, NAME_MAX)).toList(),
        progress.interruptions(),
        progress.snoozes(),
        progress.pauseRequested(),
        facts.past().cancelRequested(),
        more.metadataBytes(),
        more.argsBytes(),
        more.outputBytes());
  }

  /** Errors in a row with the same text are one, with the last trace. */
  private List<ErrorEntry> errors() {
    var errors = new ArrayList<ErrorEntry>();
    for (Failure failure : failures) {
      int same = 1;
      if (!errors.isEmpty() && errors.getLast().error().equals(failure.error())) {
        same = errors.removeLast().same() + 1;
      }
      FailureTimes times = FailureTimes.of(failure, job, failure.equals(failures.getLast()));
      errors.add(
          new ErrorEntry(
              times.began(),
              times.ended(),
              failure.attempt(),
              failure.error(),
              failure.trace(),
              same));
    }
    return errors;
  }

  static @Nullable Instant instant(@Nullable String text) {
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeException e) {
      return null;
    }
  }

  private ProgressView progress(StepProgress current) {
    return new ProgressView(
        current.name(),
        Views.text(current.done()),
        Views.text(current.total()),
        progress.rate(),
        Views.millis(progress.timeLeft()),
        progress.spent().toMillis(),
        progress.savedAt());
  }

  private StepView step(StepTree.Node node) {
    StepProgress step = node.step();
    boolean isCurrent = step.equals(progress.current());
    String cursor = disclosure.value(step.value());
    return new StepView(
        step.name(),
        node.depth(),
        step.position(),
        step.finished(),
        step.running(),
        step.attempt(),
        step.startedAt(),
        step.savedAt(),
        step.spent().toMillis(),
        Views.text(step.done()),
        Views.text(step.total()),
        isCurrent ? progress.rate() : rate(step),
        isCurrent ? Views.millis(progress.timeLeft()) : null,
        cursor,
        cursor != null && !cursor.equals(step.value()),
        step.valueBytes(),
        waits.stream()
            .filter(wait -> wait.step().equals(step.name()))
            .map(wait -> new WaitView(wait.signal(), Views.text(wait.awaitedJob())))
            .toList(),
        skippedBy(step.name()));
  }

  private static @Nullable Double rate(StepProgress step) {
    Long done = step.done();
    long spent = step.spent().toMillis();
    return done == null || spent <= 0 ? null : done * 1_000.0 / spent;
  }

  /** Who has skipped it last, if it was not rewound or restarted since. */
  private @Nullable String skippedBy(String step) {
    for (JobOperation operation : progress.operations().reversed()) {
      String detail = Objects.requireNonNullElse(operation.detail(), "");
      switch (operation.verb()) {
        case "skip_step" -> {
          if (detail.equals(step) || detail.startsWith(step + " with ")) {
            return Views.cut(operation.by(), NAME_MAX);
          }
        }
        case "restart", "rewind", "run_again" -> {
          return null;
        }
        default -> {}
      }
    }
    return null;
  }

  private OperationView operation(JobOperation operation) {
    return new OperationView(
        operation.at(),
        Views.cut(operation.verb(), NAME_MAX),
        Views.cut(operation.by(), NAME_MAX),
        cut(disclosure.detail(operation), DETAIL_MAX),
        cut(operation.reason(), REASON_MAX));
  }

  private static @Nullable String cut(@Nullable String text, int most) {
    return text == null ? null : Views.cut(text, most);
  }
}
