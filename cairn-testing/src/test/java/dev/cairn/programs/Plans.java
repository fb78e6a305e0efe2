package dev.cairn.programs;

import dev.cairn.programs.Code.Declared;
import dev.cairn.resumable.RemovedSteps;
import dev.cairn.resumable.SavedProgress;
import dev.cairn.resumable.StepPlan;
import dev.cairn.resumable.Steps;
import dev.cairn.resumable.VersionChange.Decision;
import java.util.List;
import java.util.Map;

/** Declares the plan of a code, as its worker does. */
final class Plans {
  private Plans() {}

  static void declare(Steps steps, Code code, World world) throws Exception {
    Declared declared = code.declared();
    if (!declared.planned()) {
      return;
    }
    var plan =
        StepPlan.of(code.topLevel().toArray(String[]::new))
            .onRemoved(RemovedSteps.valueOf(declared.removed().name()));
    for (Map.Entry<String, String> rename : declared.renames().entrySet()) {
      plan = plan.renamed(rename.getKey(), rename.getValue());
    }
    if (declared.version() > 0) {
      plan =
          plan.version(
              declared.version(),
              progress -> {
                if (progress.version() >= declared.version()) {
                  world.complain("version %d is asked about".formatted(progress.version()));
                }
                move(progress, declared.byHandler());
                return Decision.valueOf(declared.decision().name());
              });
    }
    steps.plan(plan);
  }

  private static void move(SavedProgress progress, List<Code.Move> moves) {
    for (Code.Move move : moves) {
      switch (move.kind()) {
        case FORGET -> progress.forget(move.step());
        case FINISH -> progress.finish(move.step(), null);
        case CURSOR -> progress.moveCursor(move.step(), Integer.valueOf(move.to()));
        case RENAME -> throw new IllegalArgumentException("not the handler's: " + move);
      }
    }
  }
}
