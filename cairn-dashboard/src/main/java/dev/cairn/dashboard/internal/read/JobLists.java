package dev.cairn.dashboard.internal.read;

import dev.cairn.dashboard.internal.read.JobSummaries.Summary;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/*
 * A list is made in two moves. First the places where jobs may be, in the order of the list: few
 * jobs that an index names completely, or else a stretch of an index, as long as a page may look
 * at. Then the rows, in growing bites, of which the filter keeps some. So a page costs the same
 * however many jobs there are, and one that has looked at enough says that it is partial.
 */

/** Lists jobs, a page at a time. */
public final class JobLists {
  /** How many rows one page may look at. */
  static final int SCAN_MAX = 20_000;

  private static final int FIRST_BITE = 100;
  private static final int BITE_MAX = 5_000;

  private JobLists() {}

  /** The order of a list. */
  public enum Order {
    ID,
    /** When a job ended, was claimed or becomes due. */
    TIME
  }

  /**
   * Which page.
   *
   * @param after where the page before ended; null for the first page
   */
  public record Page(Order order, boolean descending, int limit, @Nullable Place after) {}

  /**
   * A place in a list.
   *
   * @param time by which the list is sorted; null if it is by id
   */
  public record Place(@Nullable Instant time, long id) {
    static int compare(Place one, Place other) {
      int byTime = one.time == null || other.time == null ? 0 : one.time.compareTo(other.time);
      return byTime != 0 ? byTime : Long.compare(one.id, other.id);
    }
  }

  /**
   * A page.
   *
   * @param next where the next page begins; empty on the last page
   * @param partial whether there may be more of this page, but enough rows were looked at, or jobs
   *     of further queues that are on no page
   */
  public record Found(List<Summary> jobs, Optional<Place> next, boolean partial) {}

  /**
   * Places in the order of the list.
   *
   * @param complete whether there are no others behind them
   * @param ofAllQueues whether no queue was left out because there are very many
   */
  record Places(List<Place> places, boolean complete, boolean ofAllQueues) {}

  public static Found page(Snapshot snapshot, JobFilter filter, Page page) throws SQLException {
    Places places = JobPlaces.of(snapshot, filter, page, SCAN_MAX);
    var jobs = new ArrayList<Summary>();
    Place last = null;
    int bite = Math.max(FIRST_BITE, page.limit());
    for (int from = 0; from < places.places().size(); ) {
      List<Place> some =
          places.places().subList(from, Math.min(from + bite, places.places().size()));
      Map<Long, Summary> found =
          JobSummaries.of(snapshot, some.stream().map(Place::id).toList(), filter);
      for (Place place : some) {
        Summary job = found.get(place.id());
        if (job != null) {
          if (jobs.size() == page.limit()) {
            return new Found(jobs, Optional.ofNullable(last), !places.ofAllQueues());
          }
          jobs.add(job);
        }
        last = place;
      }
      from += some.size();
      bite = Math.min(bite * 4, BITE_MAX);
    }
    return places.complete()
        ? new Found(jobs, Optional.empty(), false)
        : new Found(
            jobs, Optional.ofNullable(last), jobs.size() < page.limit() || !places.ofAllQueues());
  }
}
