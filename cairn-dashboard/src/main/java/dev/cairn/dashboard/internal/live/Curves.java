package dev.cairn.dashboard.internal.live;

import dev.cairn.dashboard.internal.view.JobPageView.CurvePoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Remembers how the jobs that somebody watches have come on. Thread-safe. */
public final class Curves {
  private static final int POINTS_MAX = 600;
  private static final int JOBS_MAX = 200;
  private static final Duration STEP_MIN = Duration.ofMillis(900);

  private final Map<Long, List<CurvePoint>> curves = new LinkedHashMap<>(16, 0.75f, true);

  /** Creates an empty set. */
  public Curves() {}

  /**
   * Adds a point to the curve of a job, unless nothing has changed, and returns the curve.
   *
   * @param saved the position of the point when it was saved: where a curve begins
   */
  public List<CurvePoint> with(long id, CurvePoint saved, CurvePoint point) {
    synchronized (curves) {
      List<CurvePoint> curve = curves.computeIfAbsent(id, job -> new ArrayList<>());
      if (curves.size() > JOBS_MAX) {
        curves.remove(curves.keySet().iterator().next());
      }
      if (curve.isEmpty() && saved.done() != null) {
        curve.add(saved);
      }
      if (point.done() != null && isNews(curve, point)) {
        curve.add(point);
        if (curve.size() > POINTS_MAX) {
          thin(curve);
        }
      }
      return List.copyOf(curve);
    }
  }

  /** A flat line needs only its ends: the last point of it moves on. */
  private static boolean isNews(List<CurvePoint> curve, CurvePoint point) {
    if (curve.isEmpty()) {
      return true;
    }
    CurvePoint last = curve.getLast();
    if (Duration.between(last.at(), point.at()).compareTo(STEP_MIN) < 0) {
      return false;
    }
    if (curve.size() > 1 && isSame(last, point) && isSame(curve.get(curve.size() - 2), last)) {
      curve.removeLast();
    }
    return true;
  }

  private static boolean isSame(CurvePoint one, CurvePoint other) {
    return Objects.equals(one.step(), other.step()) && Objects.equals(one.done(), other.done());
  }

  /** Every other point goes, so that a long curve keeps its shape. */
  private static void thin(List<CurvePoint> curve) {
    List<CurvePoint> kept = new ArrayList<>();
    for (int i = curve.size() % 2 == 0 ? 1 : 0; i < curve.size(); i += 2) {
      kept.add(curve.get(i));
    }
    curve.clear();
    curve.addAll(kept);
  }
}
