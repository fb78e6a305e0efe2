package dev.cairn.dashboard;

/**
 * Decides what the sender of a request may see and do. It is asked for each request of data, and
 * for a stream of updates again before each update. It may be called by many threads at the same
 * time, and has to answer quickly.
 */
@FunctionalInterface
public interface Access {
  /** The grant for a request. If this throws, the request is refused. */
  Grant of(DashboardRequest request);
}
