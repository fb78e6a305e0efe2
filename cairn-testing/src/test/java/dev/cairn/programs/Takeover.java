package dev.cairn.programs;

import dev.cairn.programs.Code.Declared;
import java.util.Set;
import java.util.TreeSet;

/**
 * What becomes of a job when its code has changed (R10, R11).
 *
 * <ul>
 *   <li>Steps are known by their paths. A <b>new</b> one runs, wherever it stands; one that has
 *       <b>finished</b> is not run again, wherever it stands now. One that was cut off, and has no
 *       cursor that has moved, begins anew, and nobody misses it if it is gone.
 *   <li>One that is <b>in progress</b>, because its cursor or that of a step within it has moved,
 *       must be found again: if the code ends without coming to it, if the step around it ends so,
 *       or if a step that was never begun comes before it, the job is refused: it fails with an
 *       error that names the step, and uses up no attempt.
 *   <li>A code that declares a <b>plan</b> of its top-level steps is told apart from that: of these
 *       steps, new ones may come first, and one in progress that is not in the plan has the job
 *       refused before anything is run. What is to become of finished ones that are not in the plan
 *       is declared too: nothing, or the job is refused, or begins from zero.
 *   <li>A step that is declared as <b>renamed</b> is the one that it was, with all that is known of
 *       the steps within it. Without that, the old one is gone and the new one is new.
 *   <li>A plan may have a <b>version</b>. A job of a newer one is left alone until somebody else
 *       takes it. One of an older one, or of none, goes on, begins from zero or is refused, as the
 *       code decides; if it goes on, the code may first change what is known of the steps.
 *   <li>A job that is refused goes on, where it was, when code is deployed that fits.
 * </ul>
 */
final class Takeover {
  /** What the error of a refused job must name one of, if it is the version that does not fit. */
  static final String VERSION = "version";

  private final Kept kept;
  private final Code code;

  Takeover(Kept kept, Code code) {
    this.kept = kept;
    this.code = code;
  }

  /** The job is not worked on by this code. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Set<String> names;

    Refused(Set<String> names) {
      super(null, null, false, false);
      this.names = names;
    }

    /** The error must have one of these words. */
    Set<String> names() {
      return names;
    }
  }

  /** The job waits for a client with newer code. */
  static final class Left extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Left() {
      super(null, null, false, false);
    }
  }

  /** The code declares its plan: before any step. If the job is refused, nothing has changed. */
  void plan() {
    Declared declared = code.declared();
    if (!declared.planned()) {
      return;
    }
    if (kept.version() > declared.version()) {
      throw new Left();
    }
    Runnable undo = kept.undo();
    try {
      take(declared);
    } catch (Refused e) {
      undo.run();
      throw e;
    }
  }

  private void take(Declared declared) {
    boolean isNew = kept.isNew();
    declared.renames().forEach(kept::rename);
    if (kept.version() < declared.version()) {
      if (!isNew) {
        meetOlder(declared);
      }
      kept.version(declared.version());
    }
    meetRemoved(declared);
    requireNoneGone(code.topLevel(), "");
  }

  private void meetOlder(Declared declared) {
    switch (declared.decision()) {
      case CONTINUE -> declared.byHandler().forEach(this::apply);
      case RESTART -> kept.clear();
      case PARK -> throw new Refused(Set.of(VERSION));
    }
  }

  private void apply(Code.Move move) {
    switch (move.kind()) {
      case FORGET -> kept.forget(move.step());
      case FINISH -> kept.finish(move.step());
      case CURSOR -> kept.moveTo(move.step(), Integer.parseInt(move.to()));
      case RENAME -> throw new IllegalArgumentException("not the handler's: " + move);
    }
  }

  private void meetRemoved(Declared declared) {
    Set<String> gone = kept.finishedTopLevel();
    gone.removeAll(code.topLevel());
    if (gone.isEmpty()) {
      return;
    }
    switch (declared.removed()) {
      case IGNORE -> {}
      case FAIL -> throw new Refused(gone);
      case RESTART -> {
        kept.clear();
        kept.version(declared.version());
      }
    }
  }

  /**
   * None of the steps in progress may be gone.
   *
   * @param there the paths of those that are in the plan, or to which this attempt has come
   * @param prefix of the paths of steps right within the same one
   */
  void requireNoneGone(Set<String> there, String prefix) {
    Set<String> gone = kept.inProgress(prefix);
    gone.removeAll(there);
    refuse(gone);
  }

  /** The code comes to a step that was never begun, or has to begin anew. */
  void requireNoneSkipped(Set<String> met, String prefix, String path) {
    if (prefix.isEmpty() && code.declared().planned()) {
      return;
    }
    Set<String> waiting = kept.inProgress(prefix);
    if (waiting.contains(path)) {
      return;
    }
    waiting.removeAll(met);
    refuse(waiting);
  }

  private static void refuse(Set<String> gone) {
    if (!gone.isEmpty()) {
      throw new Refused(new TreeSet<>(gone));
    }
  }
}
