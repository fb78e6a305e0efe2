package dev.cairn.dashboard.internal.api;

import dev.cairn.InsertOptions;
import dev.cairn.JobRow;
import dev.cairn.JsonArgs;
import dev.cairn.dashboard.internal.act.Insertions;
import dev.cairn.dashboard.internal.act.Insertions.Source;
import dev.cairn.dashboard.internal.answer.Code;
import dev.cairn.dashboard.internal.answer.Refusal;
import dev.cairn.dashboard.internal.read.JobSummaries.Summary;
import dev.cairn.dashboard.internal.read.Reader;
import dev.cairn.dashboard.internal.view.JobPages;
import dev.cairn.dashboard.internal.view.Views.ActView;
import dev.cairn.dashboard.internal.view.Views.JobView;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/** Inserts jobs. A refusal names the member of the body that is wrong. */
final class InsertRoutes {
  private static final Set<String> KNOWN =
      Set.of(
          "kind",
          "args",
          "copyOf",
          "queue",
          "priority",
          "maxAttempts",
          "scheduledAt",
          "pending",
          "tags",
          "unique",
          "reason");

  private final Reader reader;
  private final Insertions insertions;

  InsertRoutes(Reader reader, Insertions insertions) {
    this.reader = reader;
    this.insertions = insertions;
  }

  List<Route> routes() {
    return List.of(new Route("POST", "/api/jobs", false, this::insert));
  }

  private Object insert(Call call) {
    Insertions.requireAllowed(call.grant());
    requireKnown(call.body());
    Params params = Params.ofJson(call.body());
    Source source = source(params, call);
    InsertOptions options = InsertMembers.options(params);
    Optional<String> reason = field("reason", () -> Optional.ofNullable(call.reason()));
    JobRow inserted = insertions.insert(source, options, reason.orElse(null), call.grant());
    Optional<Summary> job =
        Afterwards.read(reader, snapshot -> JobPages.summary(snapshot, inserted.id()));
    return new ActView(
        job.map(JobView::of).orElse(null), "Job %d was inserted.".formatted(inserted.id()));
  }

  /** A member that is overlooked would insert another job than the one that is wanted. */
  private static void requireKnown(JsonNode body) {
    for (Map.Entry<String, JsonNode> member : body.properties()) {
      String name = member.getKey();
      if (!KNOWN.contains(name)) {
        throw Refusal.invalid("A job has no such member.");
      }
      if (!name.equals("tags") && !member.getValue().isValueNode()) {
        throw Refusal.of(
            name,
            Code.INVALID,
            name.equals("args")
                ? "The arguments must be a text that holds a JSON object."
                : "%s must be a single value.".formatted(name));
      }
      if (!name.equals("reason") && member.getValue().asString("-").isEmpty()) {
        throw Refusal.of(name, Code.INVALID, "%s is empty: leave it out.".formatted(name));
      }
    }
  }

  /** The result of reading a member. */
  static <T> T field(String name, Supplier<T> read) {
    try {
      return read.get();
    } catch (Refusal e) {
      throw e.in(name);
    } catch (IllegalArgumentException e) {
      throw new Refusal(Code.INVALID, String.valueOf(e.getMessage()), e).in(name);
    }
  }

  private static Source source(Params params, Call call) {
    Optional<String> copyOf = params.first("copyOf");
    if (copyOf.isEmpty()) {
      return written(params, call);
    }
    if (params.has("kind") || params.has("args")) {
      throw Refusal.of(
          "copyOf", Code.INVALID, "A copy has the kind and the arguments of the other job.");
    }
    return new Source.CopyOf(
        field(
            "copyOf", () -> Params.number("copyOf", copyOf.get(), Long.MIN_VALUE, Long.MAX_VALUE)));
  }

  private static Source written(Params params, Call call) {
    String kind =
        params
            .first("kind")
            .orElseThrow(() -> Refusal.of("kind", Code.INVALID, "A job needs a kind."));
    field("kind", () -> JsonArgs.of(kind, "{}"));
    String json = params.first("args").orElse("{}");
    JsonArgs args = field("args", () -> JsonArgs.of(kind, json));
    requireNoPlaceholders("args", json, call, "write the real value, or insert a copy of the job.");
    return new Source.Written(args);
  }

  /** What the dashboard shows instead of a hidden value must not become the value. */
  static void requireNoPlaceholders(String name, String json, Call call, String wayOut) {
    List<String> placeholders = field(name, () -> call.redaction().placeholders(json));
    if (!placeholders.isEmpty()) {
      throw Refusal.of(
          name,
          Code.INVALID,
          "The value of %s is hidden, and 'redacted' only stands for it: %s"
              .formatted(placeholders.getFirst(), wayOut));
    }
  }
}
