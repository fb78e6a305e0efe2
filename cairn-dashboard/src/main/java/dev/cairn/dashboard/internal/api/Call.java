package dev.cairn.dashboard.internal.api;

import dev.cairn.dashboard.DashboardRequest;
import dev.cairn.dashboard.Grant;
import dev.cairn.dashboard.Redaction;
import dev.cairn.dashboard.internal.answer.Code;
import dev.cairn.dashboard.internal.answer.Refusal;
import dev.cairn.dashboard.internal.view.Disclosure;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * A request that may be answered.
 *
 * @param variables the values of the variable parts of its path
 * @param params of its address
 * @param body its JSON; an empty object if it has none
 */
record Call(
    DashboardRequest request,
    Grant grant,
    Redaction redaction,
    List<String> variables,
    Params params,
    JsonNode body) {
  Disclosure disclosure() {
    return new Disclosure(grant, redaction);
  }

  /** The id of the job that it is about. */
  long id() {
    try {
      return Long.parseLong(variables.getFirst());
    } catch (NumberFormatException e) {
      throw Refusal.notFound("There is no such job.");
    }
  }

  /** The reason of an act, as far as one is given. */
  @org.jspecify.annotations.Nullable
  String reason() {
    JsonNode given = body.path("reason");
    if (given.isContainer()) {
      throw Refusal.of("reason", Code.INVALID, "The reason must be a text.");
    }
    String reason = given.asString("").strip();
    if (reason.length() > 1_000) {
      throw Refusal.invalid("A reason may have at most 1,000 characters.");
    }
    return reason.isEmpty() ? null : reason;
  }
}
