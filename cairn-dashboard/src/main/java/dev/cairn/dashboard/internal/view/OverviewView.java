package dev.cairn.dashboard.internal.view;

import dev.cairn.JobState;
import dev.cairn.dashboard.internal.read.Clients;
import dev.cairn.dashboard.internal.read.Clients.Client;
import dev.cairn.dashboard.internal.read.Overviews;
import dev.cairn.dashboard.internal.read.Overviews.Queues;
import dev.cairn.dashboard.internal.read.Resumables;
import dev.cairn.dashboard.internal.read.Resumables.Running;
import dev.cairn.dashboard.internal.read.Snapshot;
import dev.cairn.dashboard.internal.view.Views.Count;
import dev.cairn.dashboard.internal.view.Views.QueueView;
import dev.cairn.dashboard.internal.view.Views.StateCount;
import dev.cairn.dashboard.internal.words.Attention;
import dev.cairn.dashboard.internal.words.JobFacts;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The overview. */
public record OverviewView(
    Instant now,
    List<StateCount> states,
    Rates rates,
    List<QueueView> queues,
    ClientsCount clients,
    List<AttentionView> attention,
    List<RunningView> running) {
  private static final int RUNNING_MAX = 10;

  /**
   * How many jobs a second; null where nothing was measured.
   *
   * @param from when the first step begins
   * @param insertedAtLeast whether more jobs may have been inserted in the last step
   * @param failedAtLeast whether more attempts may have failed in the last step
   */
  public record Rates(
      long stepMs,
      Instant from,
      List<@Nullable Double> inserted,
      boolean insertedAtLeast,
      List<@Nullable Double> completed,
      List<@Nullable Double> failed,
      boolean failedAtLeast,
      List<@Nullable Double> discarded) {}

  /**
   * How many clients.
   *
   * @param newestHeartbeat of those that are alive; null if none is
   * @param oldestHeartbeat of those that are alive
   */
  public record ClientsCount(
      int alive,
      int stale,
      @Nullable String leader,
      @Nullable Instant newestHeartbeat,
      @Nullable Instant oldestHeartbeat) {
    static ClientsCount of(List<Client> clients, @Nullable String leader) {
      List<Instant> heartbeats =
          clients.stream().filter(Client::alive).map(Client::heartbeatAt).sorted().toList();
      return new ClientsCount(
          heartbeats.size(),
          (int) clients.stream().filter(client -> !client.alive() && !client.signedOff()).count(),
          leader,
          heartbeats.isEmpty() ? null : heartbeats.getLast(),
          heartbeats.isEmpty() ? null : heartbeats.getFirst());
    }
  }

  /** What needs a person. */
  public record AttentionView(
      String kind,
      String severity,
      String text,
      @Nullable String jobId,
      @Nullable String queue,
      @Nullable String client,
      @Nullable Count count,
      LinkView link) {
    static AttentionView of(Attention.Item item) {
      return new AttentionView(
          item.kind(),
          item.severity().name().toLowerCase(Locale.ROOT),
          item.text(),
          Views.text(item.jobId()),
          item.queue(),
          item.client(),
          item.count() == null ? null : new Count(Long.toString(item.count()), item.atLeast()),
          new LinkView(item.link().view(), item.link().query()));
    }
  }

  /** A view of the page. */
  public record LinkView(String view, Map<String, String> query) {}

  /** A resumable job that runs. */
  public record RunningView(
      String id,
      String kind,
      String queue,
      int attempt,
      @Nullable String client,
      long runningMs,
      @Nullable String step,
      @Nullable String done,
      @Nullable String total,
      @Nullable Double rate,
      @Nullable Long timeLeftMs,
      long stalledMs,
      @Nullable Integer crashes) {
    static RunningView of(Running running) {
      return new RunningView(
          Long.toString(running.job().id()),
          running.job().kind(),
          running.job().queue(),
          running.job().attempt(),
          running.job().client(),
          running.runningFor().toMillis(),
          running.job().step(),
          Views.text(running.job().done()),
          Views.text(running.job().total()),
          running.rate(),
          Views.millis(running.timeLeft()),
          running.stalled().toMillis(),
          running.job().crashes());
    }
  }

  /** As of now. */
  public static OverviewView of(Snapshot snapshot, Rates rates) throws SQLException {
    Instant now = Overviews.now(snapshot);
    Queues queues = Overviews.queues(snapshot);
    List<Client> clients = Clients.list(snapshot, null).clients();
    Map<JobState, Long> states = Overviews.states(snapshot);
    String leader = Overviews.leader(snapshot).orElse(null);
    Resumables.Look look = Resumables.running(snapshot, RUNNING_MAX, JobFacts.STALLED);
    return new OverviewView(
        now,
        StateCount.all(states, Views.COUNTED_MAX),
        rates,
        queues.queues().stream().map(queue -> QueueView.of(queue, queues, null, null)).toList(),
        ClientsCount.of(clients, leader),
        Attention.of(
                now,
                states,
                queues,
                clients,
                leader,
                look,
                Resumables.takenOver(snapshot),
                Overviews.quarantined(snapshot))
            .stream()
            .map(AttentionView::of)
            .toList(),
        look.slowest().stream().map(RunningView::of).toList());
  }
}
