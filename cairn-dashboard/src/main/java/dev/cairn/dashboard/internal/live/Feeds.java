package dev.cairn.dashboard.internal.live;

import dev.cairn.dashboard.internal.answer.Code;
import dev.cairn.dashboard.internal.answer.Refusal;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is looked at live. Everybody who looks at the same with the same rights shares one look at
 * the database. Thread-safe.
 */
public final class Feeds implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Feeds.class);

  private static final int VIEWERS_MAX = 64;

  /** Each of them may hold a connection of the application. */
  private static final int LOST_MAX = 3;

  private final Map<Object, Feed> feeds = new HashMap<>();

  /** Those that were replaced, because their look does not return. */
  private final Set<Feed> lost = new HashSet<>();

  private final Duration pauseMin;
  private final Duration hangsAfter;
  private final Duration lostAfter;
  private final Consumer<Throwable> report;
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

        @Override
        public void forget(Feed feed) {
          synchronized (feeds) {
            feeds.values().remove(feed);
            lost.remove(feed);
          }
        }

        @Override
        public void report(Throwable failure) {
          report.accept(failure);
        }
      };

  /** Creates an empty set. */
  public Feeds() {
    this(Duration.ZERO);
  }

  /** Creates an empty set that waits for at least so long between two looks; for tests. */
  Feeds(Duration pauseMin) {
    this(
        pauseMin,
        Feed.HANGS_AFTER,
        Feed.LOST_AFTER,
        failure -> log.warn("A live view was not answered [CAIRN-530]", failure));
  }

  /** Creates an empty set, for tests: also with other times after which a look hangs or is lost. */
  Feeds(Duration pauseMin, Duration hangsAfter, Duration lostAfter, Consumer<Throwable> report) {
    this.pauseMin = pauseMin;
    this.hangsAfter = hangsAfter;
    this.lostAfter = lostAfter;
    this.report = report;
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
      feed = current(key, look);
      feed.enter();
      viewers++;
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

  /** What a feed saw before its last look is too old for somebody who comes now. */
  private Feed current(Object key, Supplier<String> look) {
    Feed known = feeds.get(key);
    if (known != null && known.isLost() && lost.size() < LOST_MAX) {
      lost.add(known);
      known.end();
    }
    if (known != null && !known.isOver()) {
      return known;
    }
    var feed = new Feed(look, siblings, pauseMin, hangsAfter, lostAfter);
    feeds.put(key, feed);
    return feed;
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

  /** How many feeds were replaced whose look has not returned yet; for tests. */
  int replaced() {
    synchronized (feeds) {
      return lost.size();
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
