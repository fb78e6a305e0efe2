package dev.cairn.dashboard.internal.live;

import dev.cairn.dashboard.DashboardResponse;
import dev.cairn.dashboard.internal.answer.Json;
import dev.cairn.dashboard.internal.answer.Refusal;
import dev.cairn.dashboard.internal.view.Views.ErrorView;
import dev.cairn.dashboard.internal.view.Views.Problem;
import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Sends the events of a feed to one browser, for ten minutes: then the browser connects again, and
 * its rights are looked at anew.
 */
public final class EventStream implements DashboardResponse.Events {
  private static final Duration LENGTH_MAX = Duration.ofMinutes(10);
  private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(15);

  /** An event and no comment: the page must notice if none comes, and sees no comments. */
  private static final String HERE = Feed.event("here", "{}");

  private final Supplier<Feeds.Viewer> join;
  private final BooleanSupplier allowed;

  /**
   * @param join joins the feed; whoever asked for the stream may be gone before it begins
   * @param allowed whether the browser's user still has the same rights
   */
  public EventStream(Supplier<Feeds.Viewer> join, BooleanSupplier allowed) {
    this.join = join;
    this.allowed = allowed;
  }

  @Override
  public void send(DashboardResponse.Sink sink) throws IOException {
    try (Feeds.Viewer viewer = join.get()) {
      long end = System.nanoTime() + LENGTH_MAX.toNanos();
      sink.write("retry: 2000\n\n");
      while (System.nanoTime() - end < 0) {
        Feed.Event event = viewer.next(SIGN_OF_LIFE.toMillis());
        if (event.over() || !allowed.getAsBoolean()) {
          return;
        }
        sink.write(event.text().isEmpty() ? HERE : event.text());
      }
    } catch (Refusal e) {
      sink.write(Feed.event("trouble", Json.text(new ErrorView(Problem.of(e)))));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
