package dev.cairn.dashboard.internal.api;

import dev.cairn.JobState;
import dev.cairn.dashboard.Redaction;
import dev.cairn.dashboard.Verb;
import dev.cairn.dashboard.internal.act.Acts;
import dev.cairn.dashboard.internal.act.Acts.Act;
import dev.cairn.dashboard.internal.act.Acts.QueueAct;
import dev.cairn.dashboard.internal.act.BulkActs;
import dev.cairn.dashboard.internal.act.SeenPause;
import dev.cairn.dashboard.internal.answer.Code;
import dev.cairn.dashboard.internal.answer.Refusal;
import dev.cairn.dashboard.internal.read.JobCounts.Ids;
import dev.cairn.dashboard.internal.read.JobFilter;
import dev.cairn.dashboard.internal.read.JobLists;
import dev.cairn.dashboard.internal.read.JobSummaries.Summary;
import dev.cairn.dashboard.internal.read.Overviews;
import dev.cairn.dashboard.internal.read.Overviews.Queues;
import dev.cairn.dashboard.internal.read.Reader;
import dev.cairn.dashboard.internal.view.JobPages;
import dev.cairn.dashboard.internal.view.Views.ActView;
import dev.cairn.dashboard.internal.view.Views.BulkView;
import dev.cairn.dashboard.internal.view.Views.Count;
import dev.cairn.dashboard.internal.view.Views.JobView;
import dev.cairn.dashboard.internal.view.Views.PreviewView;
import dev.cairn.dashboard.internal.view.Views.QueueActView;
import dev.cairn.dashboard.internal.view.Views.QueueView;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Changes jobs and queues. */
final class ActRoutes {
  private static final int SAMPLE = 20;

  private final Reader reader;
  private final Acts acts;
  private final BulkActs bulkActs;

  ActRoutes(Reader reader, Acts acts, BulkActs bulkActs) {
    this.reader = reader;
    this.acts = acts;
    this.bulkActs = bulkActs;
  }

  List<Route> routes() {
    return List.of(
        new Route("POST", "/api/jobs/{id}/acts", false, this::one),
        Route.question("/api/jobs/acts/preview", this::preview),
        new Route("POST", "/api/jobs/acts", false, this::many),
        new Route("POST", "/api/queues/{name}/acts", false, this::queue));
  }

  private static Verb verb(Call call) {
    return Verb.ofLabel(call.body().path("verb").asString(""))
        .orElseThrow(() -> Refusal.invalid("There is no such verb."));
  }

  private static @Nullable String member(Call call, String name) {
    JsonNode value = call.body().path(name);
    if (value.isContainer()) {
      throw Refusal.of(name, Code.INVALID, "%s must be a text.".formatted(name));
    }
    return value.isMissingNode() || value.isNull() ? null : value.asString();
  }

  private static boolean truth(Call call, String name) {
    JsonNode value = call.body().path(name);
    if (!value.isMissingNode() && !value.isBoolean()) {
      throw Refusal.of(name, Code.INVALID, "%s must be true or false.".formatted(name));
    }
    return value.asBoolean(false);
  }

  /** The state in which the user has seen the job; null if it is not said. */
  private static @Nullable JobState state(Call call) {
    String label = member(call, "state");
    try {
      return label == null ? null : JobState.ofLabel(label);
    } catch (IllegalArgumentException e) {
      throw new Refusal(Code.INVALID, "There is no such state.", e).in("state");
    }
  }

  private static @Nullable Instant time(Call call, String name) {
    String text = member(call, name);
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw new Refusal(Code.INVALID, "%s must be a time.".formatted(name), e).in(name);
    }
  }

  /** Only what is named is compared: a script may know the time alone. */
  private static SeenPause seenPause(Call call) {
    var seen = new SeenPause();
    if (call.body().has(SeenPause.AT)) {
      seen.at(time(call, SeenPause.AT));
    }
    for (String member : List.of(SeenPause.BY, SeenPause.REASON)) {
      if (call.body().has(member)) {
        seen.note(member, member(call, member));
      }
    }
    return seen;
  }

  private Object one(Call call) {
    long id = call.id();
    Verb verb = verb(call);
    switch (verb) {
      case REWIND -> requireKnown(call.body(), "verb", "reason", "state", "step", "cursor", "run");
      case SKIP -> requireKnown(call.body(), "verb", "reason", "state", "step", "result");
      default -> requireKnown(call.body(), "verb", "reason", "state");
    }
    String value = verb == Verb.REWIND ? member(call, "cursor") : member(call, "result");
    if (value != null) {
      requireReal(verb == Verb.REWIND ? "cursor" : "result", value, call);
    }
    boolean run = truth(call, "run");
    acts.on(
        id,
        new Act(verb, call.reason(), member(call, "step"), value, run, state(call)),
        call.grant());
    Optional<Summary> job = Afterwards.read(reader, snapshot -> JobPages.summary(snapshot, id));
    return new ActView(job.map(JobView::of).orElse(null), done(verb, run, id));
  }

  /** What is shown instead of a hidden cursor must not become the cursor. */
  private static void requireReal(String name, String json, Call call) {
    if (!call.redaction().isNone() && json.strip().equals('"' + Redaction.SHOWN + '"')) {
      throw Refusal.of(
          name,
          Code.INVALID,
          "The %s is hidden, and 'redacted' only stands for it: write the real one."
              .formatted(name));
    }
    InsertRoutes.requireNoPlaceholders(name, json, call, "write the real value.");
  }

  private static String done(Verb verb, boolean run, long id) {
    String job = "Job %d ".formatted(id);
    return job
        + switch (verb) {
          case INTERRUPT -> "stops at its next checkpoint.";
          case PAUSE -> "is paused, or will be at its next checkpoint.";
          case RESUME -> "may run.";
          case CANCEL -> "is cancelled, or was asked to stop.";
          case RETRY -> "is ready to run.";
          case RESTART -> "starts from zero.";
          case REWIND ->
              run
                  ? "was rewound, and is ready to run."
                  : "was rewound. It runs when it is ready: retry or resume it if it waits.";
          case SKIP -> "skips the step.";
          case REDRIVE -> "works its items again.";
          case DELETE -> "was deleted.";
          case INSERT, PAUSE_QUEUE, RESUME_QUEUE -> "";
        };
  }

  /**
   * Which jobs an act is for: those with the ids that still match the filter, if both are given.
   */
  private static JobFilter filter(Call call) {
    requireKnown(call.body(), "verb", "ids", "filter", "most", "reason");
    JsonNode filter = call.body().path("filter");
    if (call.body().path("ids").isMissingNode()) {
      if (filter.isMissingNode()) {
        throw Refusal.invalid("Give ids, or a filter, or both.");
      }
      return Filters.ofAct(filter, call.disclosure());
    }
    List<Long> ids = ids(call.body().path("ids"));
    if (filter.isMissingNode()) {
      return JobFilter.ALL.withIds(ids);
    }
    JobFilter wanted = Filters.ofAct(filter, call.disclosure());
    List<Long> both =
        wanted.ids().isEmpty() ? ids : ids.stream().filter(wanted.ids()::contains).toList();
    if (both.isEmpty()) {
      throw Refusal.invalid("None of the ids is one of the filter.");
    }
    return wanted.withIds(both);
  }

  /** A member that is overlooked would change other jobs than those that are meant. */
  private static void requireKnown(JsonNode body, String... names) {
    if (!List.of(names).containsAll(body.propertyNames())) {
      throw Refusal.invalid("This act has no such member: it may have " + String.join(", ", names));
    }
  }

  private static List<Long> ids(JsonNode list) {
    if (!list.isArray() || list.isEmpty()) {
      throw Refusal.invalid("ids must be a list, and not an empty one.");
    }
    if (list.size() > BulkActs.MOST) {
      throw Refusal.invalid("At most %d jobs at a time.".formatted(BulkActs.MOST));
    }
    return Params.ofJson(JsonNodeFactory.instance.objectNode().set("ids", list)).ids("ids");
  }

  private Object preview(Call call) {
    Ids ids = bulkActs.preview(verb(call), filter(call), call.grant());
    List<Long> some = ids.ids().stream().limit(SAMPLE).toList();
    List<Summary> sample =
        some.isEmpty()
            ? List.of()
            : reader.read(snapshot ->
                JobLists.page(
                        snapshot,
                        JobFilter.ALL.withIds(some),
                        new JobLists.Page(JobLists.Order.ID, true, SAMPLE, null))
                    .jobs());
    return new PreviewView(
        new Count(Integer.toString(ids.ids().size()), !ids.complete()),
        ids.ids().stream().map(id -> Long.toString(id)).toList(),
        sample.stream().map(JobView::of).toList());
  }

  private Object many(Call call) {
    String given = member(call, "most");
    int most = given == null ? BulkActs.MOST : (int) Params.number("most", given, 1, BulkActs.MOST);
    BulkActs.Done done =
        bulkActs.onMany(verb(call), filter(call), most, call.reason(), call.grant());
    return new BulkView(done.changed(), done.more(), done.stopped());
  }

  private Object queue(Call call) {
    Verb verb = verb(call);
    if (verb != Verb.PAUSE_QUEUE && verb != Verb.RESUME_QUEUE) {
      throw Refusal.invalid("A queue can be paused and resumed.");
    }
    requireKnown(call.body(), "verb", "reason", SeenPause.AT, SeenPause.BY, SeenPause.REASON);
    String name = call.variables().getFirst();
    acts.onQueue(name, new QueueAct(verb, call.reason(), seenPause(call)), call.grant());
    Optional<QueueView> queue =
        Afterwards.read(
            reader,
            snapshot -> {
              Queues found = Overviews.queue(snapshot, name);
              return found.queues().stream()
                  .findFirst()
                  .map(each -> QueueView.of(each, found, null, null));
            });
    return new QueueActView(
        queue.orElse(null),
        verb == Verb.PAUSE_QUEUE
            ? "No client claims its jobs until you resume it."
            : "Clients claim its jobs again.");
  }
}
