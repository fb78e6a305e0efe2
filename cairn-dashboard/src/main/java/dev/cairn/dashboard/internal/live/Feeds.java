package dev.cairn.dashboard.internal.live;

import dev.cairn.dashboard.internal.answer.Code;
import dev.cairn.dashboard.internal.answer.Refusal;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What is looked at live. Everybody who looks at the same with the same rights shares one look at
 * the database. Thread-safe.
 */
public final class Feeds implements AutoCloseable {
  private static final int VIEWERS_MAX = 64;

  private final Map<Object, Feed> feeds = new HashMap<>();
  private final Duration pauseMin;
  private int viewers;
  private boolean closed;

  private final Feed.Siblings siblings =
      new Feed.Siblings() {
        @Override
        public int number() {
          return size();
        }

        @Override
        public boolean retire(Feed feed) {
          synchronized (feeds) {
            return !feed.hasViewers() && feeds.values().remove(feed);
          }
        }
      };

  /** Creates an empty set. */
  public Feeds() {
    this(Duration.ZERO);
  }

  /** Creates an empty set that waits for at least so long between two looks; for tests. */
  Feeds(Duration pauseMin) {
    this.pauseMin = pauseMin;
  }

  /** One viewer of a feed. */
  public interface Viewer extends AutoCloseable {
    /**
     * Waits for an event behind the last one that this method has returned. It has no text if none
     * came within the time.
     */
    Feed.Event next(long millis) throws InterruptedException;

    @Override
    void close();
  }

  /**
   * Joins a feed, or begins it.
   *
   * @param look the JSON of now
   * @throws Refusal if there are too many viewers
   */
  public Viewer join(Object key, Supplier<String> look) {
    Feed feed;
    synchronized (feeds) {
      requireRoom();
      viewers++;
      feed = feeds.computeIfAbsent(key, name -> new Feed(look, siblings, pauseMin));
      feed.enter();
    }
    return new Viewer() {
      private long seen;
      private boolean left;

      @Override
      public Feed.Event next(long millis) throws InterruptedException {
        Feed.Event event = feed.next(seen, millis);
        seen = event.version();
        return event;
      }

      @Override
      public void close() {
        synchronized (feeds) {
          if (!left) {
            left = true;
            viewers--;
            feed.leave();
          }
        }
      }
    };
  }

  /**
   * Refuses one viewer too many.
   *
   * @throws Refusal if there are too many viewers
   */
  public void requireRoom() {
    synchronized (feeds) {
      if (closed) {
        throw new Refusal(Code.UNAVAILABLE, "The dashboard is being stopped.");
      }
      if (viewers >= VIEWERS_MAX) {
        throw new Refusal(
            Code.TOO_MANY,
            "%d live views are open already: close some of them.".formatted(VIEWERS_MAX));
      }
    }
  }

  /** How many feeds are looked at. */
  public int size() {
    synchronized (feeds) {
      return (int) feeds.values().stream().filter(Feed::hasViewers).count();
    }
  }

  /** How many feeds there are, also those that only remember what they saw; for tests. */
  int remembered() {
    synchronized (feeds) {
      return feeds.size();
    }
  }

  /** Lets all feeds look at once, because something was changed. */
  public void wake() {
    synchronized (feeds) {
      feeds.values().forEach(Feed::wake);
    }
  }

  /** Ends all feeds. Viewers may join new ones. */
  public void end() {
    synchronized (feeds) {
      feeds.values().forEach(Feed::end);
      feeds.clear();
    }
  }

  /** Ends all feeds for good. */
  @Override
  public void close() {
    synchronized (feeds) {
      closed = true;
      feeds.values().forEach(Feed::end);
    }
  }
}
