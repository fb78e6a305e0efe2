package dev.cairn.dashboard.internal.api;

import dev.cairn.dashboard.DashboardRequest;
import dev.cairn.dashboard.internal.answer.Code;
import dev.cairn.dashboard.internal.answer.Refusal;
import java.util.Optional;

/** Refuses requests that pages of others have sent with the browser of a user. */
final class Origin {
  private Origin() {}

  /**
   * @param writes whether it is a request that may change something: it has to prove where it comes
   *     from
   */
  static void check(DashboardRequest request, boolean writes) {
    Optional<String> site = request.header("Sec-Fetch-Site");
    Optional<String> origin = request.header("Origin");
    boolean same =
        site.map("same-origin"::equals)
            .orElseGet(() -> origin.map(own(request)::equalsIgnoreCase).orElse(!writes));
    boolean typed = !writes && site.map("none"::equals).orElse(false);
    if (!same && !typed) {
      throw new Refusal(
          Code.FORBIDDEN,
          writes
              ? "Changes are accepted only from the dashboard's own page."
              : "Data are sent only to the dashboard's own page.");
    }
  }

  private static String own(DashboardRequest request) {
    return request.scheme() + "://" + request.header("Host").orElse("");
  }
}
