package dev.cairn.dashboard.internal.api;

import dev.cairn.dashboard.Redaction;
import dev.cairn.dashboard.internal.act.Audit;
import dev.cairn.dashboard.internal.answer.Refusal;
import dev.cairn.dashboard.internal.live.Curves;
import dev.cairn.dashboard.internal.read.JobCounts;
import dev.cairn.dashboard.internal.read.JobDetails;
import dev.cairn.dashboard.internal.read.JobDetails.Item;
import dev.cairn.dashboard.internal.read.JobDetails.ItemPlace;
import dev.cairn.dashboard.internal.read.JobFilter;
import dev.cairn.dashboard.internal.read.JobLists;
import dev.cairn.dashboard.internal.read.JobLists.Found;
import dev.cairn.dashboard.internal.read.JobLists.Page;
import dev.cairn.dashboard.internal.read.JobTexts;
import dev.cairn.dashboard.internal.read.JobTexts.Part;
import dev.cairn.dashboard.internal.read.Overviews;
import dev.cairn.dashboard.internal.read.Reader;
import dev.cairn.dashboard.internal.read.Resumables;
import dev.cairn.dashboard.internal.read.Resumables.Sort;
import dev.cairn.dashboard.internal.view.JobPages;
import dev.cairn.dashboard.internal.view.Views;
import dev.cairn.dashboard.internal.view.Views.AuditEntry;
import dev.cairn.dashboard.internal.view.Views.AuditView;
import dev.cairn.dashboard.internal.view.Views.CountsView;
import dev.cairn.dashboard.internal.view.Views.ItemView;
import dev.cairn.dashboard.internal.view.Views.ItemsView;
import dev.cairn.dashboard.internal.view.Views.JobView;
import dev.cairn.dashboard.internal.view.Views.JobsView;
import dev.cairn.dashboard.internal.view.Views.KindsView;
import dev.cairn.dashboard.internal.view.Views.LogSizeView;
import dev.cairn.dashboard.internal.view.Views.LogView;
import dev.cairn.dashboard.internal.view.Views.StateCount;
import dev.cairn.dashboard.internal.view.Views.TextView;
import dev.cairn.jobs.Jobs;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads jobs. */
final class JobRoutes {
  private static final int SORTED_MAX = 100;
  private static final int NAME_MAX = 200;
  private static final int REASON_MAX = 1_000;
  private static final int ITEMS_PAGE = 50;
  private static final int TEXT_MAX = 100_000;
  private static final int FULL_MAX = 8 << 20;
  private static final Set<String> FULL = Set.of("full");

  private final Reader reader;
  private final Jobs jobs;
  private final Curves curves;
  private final Audit audit;
  private final Seal seal = new Seal();

  JobRoutes(Reader reader, Jobs jobs, Curves curves, Audit audit) {
    this.reader = reader;
    this.jobs = jobs;
    this.curves = curves;
    this.audit = audit;
  }

  List<Route> routes() {
    return List.of(
        new Route("GET", "/api/jobs", true, Filters.OF_LIST, this::list),
        Route.question("/api/jobs/search", this::search),
        new Route("GET", "/api/jobs/counts", false, Filters.OF_COUNTS, this::counts),
        new Route("GET", "/api/kinds", false, Set.of("prefix"), this::kinds),
        new Route("GET", "/api/jobs/{id}", true, this::page),
        new Route("GET", "/api/jobs/{id}/args", false, FULL, call -> text(call, Part.ARGS)),
        new Route("GET", "/api/jobs/{id}/metadata", false, FULL, call -> text(call, Part.METADATA)),
        new Route("GET", "/api/jobs/{id}/output", false, FULL, call -> text(call, Part.OUTPUT)),
        new Route("GET", "/api/jobs/{id}/log", false, Set.of("attempt"), this::log),
        new Route("GET", "/api/quarantine", false, Set.of("after"), this::quarantine),
        new Route("GET", "/api/audit", false, Set.of("jobId"), this::audit));
  }

  private Object list(Call call) {
    Optional<String> sort = call.params().first("sort");
    JobFilter filter = Filters.of(call.params());
    if (sort.isEmpty()) {
      return list(filter, Filters.page(call.params()));
    }
    if (!filter.equals(JobFilter.ALL)) {
      throw Refusal.invalid("sort is for all jobs: leave out the filter.");
    }
    return sorted(sort.get());
  }

  private Object search(Call call) {
    Params params = Filters.search(call.body());
    return list(Filters.ofSearch(params, call.disclosure()), Filters.page(params));
  }

  private JobsView list(JobFilter filter, Page page) {
    return reader.read(snapshot -> {
      Found found = JobLists.page(snapshot, filter, page);
      return new JobsView(
          Overviews.now(snapshot),
          found.jobs().stream().map(JobView::of).toList(),
          found.next().map(place -> Filters.text(page.order(), place)).orElse(null),
          found.partial());
    });
  }

  private JobsView sorted(String by) {
    Sort sort =
        switch (by) {
          case "stalled" -> Sort.STALLED;
          case "crashes" -> Sort.CRASHES;
          case "quarantined" -> Sort.QUARANTINED;
          default -> throw Refusal.invalid("sort must be stalled, crashes or quarantined.");
        };
    return reader.read(snapshot -> {
      Resumables.Worst worst = Resumables.worst(snapshot, sort, SORTED_MAX);
      return new JobsView(
          Overviews.now(snapshot),
          worst.jobs().stream().map(JobView::of).toList(),
          null,
          !worst.complete());
    });
  }

  private Object counts(Call call) {
    JobFilter filter = Filters.of(call.params()).withStates(Set.of());
    if (filter.equals(JobFilter.ALL)) {
      return reader.read(snapshot ->
          new CountsView(StateCount.all(Overviews.states(snapshot), Views.COUNTED_MAX)));
    }
    return reader.read(snapshot -> {
      JobCounts.Counts counts = JobCounts.of(snapshot, filter);
      return new CountsView(
          StateCount.all(counts.states(), counts.complete() ? Long.MAX_VALUE : 0));
    });
  }

  private Object kinds(Call call) {
    String prefix = call.params().first("prefix").orElse("");
    return new KindsView(reader.read(snapshot -> Overviews.kinds(snapshot, prefix)));
  }

  private Object page(Call call) {
    long id = call.id();
    return reader
        .read(snapshot -> JobPages.of(snapshot, jobs, id, call.disclosure(), curves::with))
        .orElseThrow(() -> noSuchJob(id));
  }

  static Refusal noSuchJob(long id) {
    return Refusal.notFound("There is no job %d. Perhaps it was deleted.".formatted(id));
  }

  private Object text(Call call, Part part) {
    long id = call.id();
    Redaction redaction = part == Part.METADATA ? call.disclosure().ofMetadata() : call.redaction();
    boolean rules = !redaction.isNone();
    int most = call.params().flag("full") ? FULL_MAX : TEXT_MAX;
    boolean visible = call.grant().arguments();
    int read = visible ? (rules ? FULL_MAX : most) + 1 : 0;
    JobTexts.Text text =
        reader
            .read(snapshot -> JobTexts.of(snapshot, id, part, read))
            .orElseThrow(() -> noSuchJob(id));
    if (!visible) {
      return new TextView(null, text.bytes(), false, true, false);
    }
    String json = text.json();
    if (json == null) {
      return new TextView(null, 0, false, false, false);
    }
    if (!rules) {
      return cut(json, text.bytes(), most, false);
    }
    if (json.length() > FULL_MAX) {
      // Half a text cannot be searched for what is to be hidden.
      return new TextView(null, text.bytes(), true, false, true);
    }
    var shown = redaction.apply(json);
    return cut(shown.json(), text.bytes(), most, shown.redacted());
  }

  private static TextView cut(String json, long bytes, int most, boolean redacted) {
    return json.length() > most
        ? new TextView(json.substring(0, most), bytes, true, false, redacted)
        : new TextView(json, bytes, false, false, redacted);
  }

  private Object log(Call call) {
    Integer attempt =
        call.params()
            .first("attempt")
            .map(text -> (int) Params.number("attempt", text, 0, Integer.MAX_VALUE))
            .orElse(null);
    long id = call.id();
    return reader.read(snapshot -> {
      if (JobPages.summary(snapshot, id).isEmpty()) {
        throw noSuchJob(id);
      }
      JobTexts.Log log = JobTexts.log(snapshot, id, attempt);
      return new LogView(
          log.attempts().stream()
              .map(each -> new LogSizeView(each.attempt(), each.bytes()))
              .toList(),
          log.attempt(),
          log.text(),
          log.truncated());
    });
  }

  private Object quarantine(Call call) {
    ItemPlace after = call.params().first("after").map(this::place).orElse(null);
    List<Item> items = reader.read(snapshot -> JobDetails.items(snapshot, after, ITEMS_PAGE + 1));
    boolean more = items.size() > ITEMS_PAGE;
    List<Item> shown = more ? items.subList(0, ITEMS_PAGE) : items;
    return new ItemsView(
        ItemView.all(shown, call.disclosure()), more ? text(ItemPlace.behind(after, shown)) : null);
  }

  private String text(ItemPlace place) {
    return Filters.encoded(
        "%d\n%d\n%s\n%s"
            .formatted(
                place.jobId(),
                place.passed(),
                place.item() == null ? "" : seal.close(place.item()),
                place.step()));
  }

  private ItemPlace place(String text) {
    String[] parts = Filters.decoded(text).split("\n", 4);
    try {
      if (parts.length == 3) { // of an earlier version, which named no item
        return new ItemPlace(
            Long.parseLong(parts[0]),
            parts[2],
            null,
            (int) Params.number("after", parts[1], 0, ItemPlace.PASSED_MAX));
      }
      if (parts.length == 4) {
        return new ItemPlace(
            Long.parseLong(parts[0]),
            parts[3],
            seal.open(parts[2]).orElse(null),
            (int) Params.number("after", parts[1], 0, ItemPlace.PASSED_MAX));
      }
    } catch (NumberFormatException e) {
      throw Filters.noPage(e);
    }
    throw Filters.noPage(null);
  }

  private Object audit(Call call) {
    @Nullable String job = call.params().text("jobId");
    if (job == null) {
      return new AuditView(audit.newest());
    }
    long id = Params.number("jobId", job, Long.MIN_VALUE, Long.MAX_VALUE);
    return reader.read(snapshot ->
        new AuditView(
            jobs
                .progress(snapshot.connection(), id)
                .orElseThrow(() -> noSuchJob(id))
                .operations()
                .reversed()
                .stream()
                .map(each ->
                    new AuditEntry(
                        each.at(),
                        Views.cut(each.by(), NAME_MAX),
                        Views.cut(each.verb(), NAME_MAX),
                        "job %d".formatted(id),
                        each.reason() == null ? null : Views.cut(each.reason(), REASON_MAX)))
                .toList()));
  }
}
