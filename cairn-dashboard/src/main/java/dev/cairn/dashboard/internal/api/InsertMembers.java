package dev.cairn.dashboard.internal.api;

import dev.cairn.InsertOptions;
import dev.cairn.UniqueOptions;
import dev.cairn.dashboard.internal.answer.Refusal;
import java.time.Instant;
import java.util.List;

/** Reads the options of an insertion. */
final class InsertMembers {
  private static final int TAGS_MAX = 100;

  private static final List<Member> ALL =
      List.of(
          new Member(
              "queue", (options, params) -> options.withQueue(params.first("queue").orElse(""))),
          new Member(
              "priority",
              (options, params) -> options.withPriority(params.number("priority", 1, 1, 4))),
          new Member(
              "maxAttempts",
              (options, params) ->
                  options.withMaxAttempts(params.number("maxAttempts", 25, 1, Short.MAX_VALUE))),
          new Member("scheduledAt", InsertMembers::scheduledAt),
          new Member(
              "pending",
              (options, params) -> params.flag("pending") ? options.withPending() : options),
          new Member("tags", (options, params) -> options.withTags(tags(params))),
          new Member("unique", (options, params) -> options.withUnique(unique(params))));

  private InsertMembers() {}

  /** One of the members that are options. */
  private record Member(String name, Reading reading) {}

  /** Adds what a member says. */
  @FunctionalInterface
  private interface Reading {
    InsertOptions add(InsertOptions options, Params params);
  }

  /** The options that are given; others have their defaults. */
  static InsertOptions options(Params params) {
    InsertOptions options = InsertOptions.defaults();
    for (Member member : ALL) {
      if (params.has(member.name())) {
        InsertOptions before = options;
        options = InsertRoutes.field(member.name(), () -> member.reading().add(before, params));
      }
    }
    return options;
  }

  private static InsertOptions scheduledAt(InsertOptions options, Params params) {
    Instant due = params.time("scheduledAt");
    return due == null ? options : options.withScheduledAt(due);
  }

  private static String[] tags(Params params) {
    List<String> tags = params.all("tags");
    if (tags.size() > TAGS_MAX) {
      throw Refusal.invalid("A job may have at most %d tags.".formatted(TAGS_MAX));
    }
    return tags.toArray(String[]::new);
  }

  private static UniqueOptions unique(Params params) {
    return switch (params.first("unique").orElse("")) {
      case "kind" -> UniqueOptions.byKind();
      case "kindAndQueue" -> UniqueOptions.byKind().withQueue();
      default -> throw Refusal.invalid("unique must be kind or kindAndQueue.");
    };
  }
}
