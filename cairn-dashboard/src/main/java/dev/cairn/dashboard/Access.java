package dev.cairn.dashboard;

/**
 * Decides what the sender of a request may see and do. Called for each request for data, and for a
 * live view again before each update. May be called by many threads at the same time, and must
 * answer quickly.
 */
@FunctionalInterface
public interface Access {
  /** The grant for a request. If this throws, the request is refused. */
  Grant of(DashboardRequest request);
}
