package dev.cairn.dashboard.internal.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A kind of request.
 *
 * @param path for example {@code /api/jobs/{id}}
 * @param live whether it can be followed as a stream of events
 * @param changes whether it may change jobs or queues
 * @param params the parameters that its address may have
 * @param handler what answers it, as an object to be written as JSON
 */
record Route(
    String method,
    String path,
    boolean live,
    boolean changes,
    Set<String> params,
    Handler handler) {
  Route(String method, String path, boolean live, Set<String> params, Handler handler) {
    this(method, path, live, !method.equals("GET"), params, handler);
  }

  Route(String method, String path, boolean live, Handler handler) {
    this(method, path, live, Set.of(), handler);
  }

  /** A question that does not fit into an address, or must not stand there. */
  static Route question(String path, Handler handler) {
    return new Route("POST", path, false, false, Set.of(), handler);
  }

  /** Answers a call. */
  @FunctionalInterface
  interface Handler {
    Object answer(Call call);
  }

  /** The values of the variable parts, if this is the path of the request. */
  Optional<List<String>> match(String requested) {
    String[] own = path.split("/", -1);
    String[] other = requested.split("/", -1);
    if (own.length != other.length) {
      return Optional.empty();
    }
    var variables = new ArrayList<String>();
    for (int i = 0; i < own.length; i++) {
      if (own[i].startsWith("{")) {
        variables.add(Params.decoded(other[i].replace("+", "%2B")));
      } else if (!own[i].equals(other[i])) {
        return Optional.empty();
      }
    }
    return Optional.of(variables);
  }
}
