package dev.cairn.programs;

import dev.cairn.programs.World.Deed;
import dev.cairn.programs.World.Taken;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Checks what an attempt does that goes on when its job was taken away (R5).
 *
 * <ul>
 *   <li>It commits nothing more.
 *   <li>It goes on only to where something has to be durable: it begins no later step, and no
 *       number behind one whose position is durable first.
 * </ul>
 */
final class Fencing {
  private final Trial trial;
  private final List<Deed> deeds;

  private Fencing(Trial trial, World world) {
    this.trial = trial;
    this.deeds = world.deeds();
  }

  /**
   * Says what is wrong.
   *
   * @param rows those that are there, by the attempts that have written them
   */
  static List<String> complaints(Trial trial, World world, Map<Integer, List<String>> rows) {
    var fencing = new Fencing(trial, world);
    var complaints = new ArrayList<String>();
    world
        .taken()
        .forEach((attempt, taken) -> {
          var later = new ArrayList<>(rows.getOrDefault(attempt, List.of()));
          taken.rows().forEach(later::remove);
          if (!later.isEmpty()) {
            complaints.add(
                "attempt %d has committed %s when its job was taken away"
                    .formatted(attempt, later));
          }
          // What is redriven comes in no order.
          if (trial.plan().afterwards() != Plan.Afterwards.REDRIVE) {
            complaints.addAll(fencing.goesOn(attempt, taken));
          }
        });
    return complaints;
  }

  private List<String> goesOn(int attempt, Taken taken) {
    return deeds.stream()
        .skip(taken.deeds())
        .filter(deed -> deed.attempt() == attempt && isBehind(deed, taken.effect()))
        .findFirst()
        .map(deed ->
            "attempt %d goes on with %s when its job was taken away at %s"
                .formatted(attempt, deed.id(), taken.effect()))
        .stream()
        .toList();
  }

  private boolean isBehind(Deed deed, String effect) {
    Code code = trial.program().codes().get(deed.code());
    return new Judge.Order(code.nodes()).isBefore(effect, deed.id())
        || Trace.isBehindDurable(trial.program(), effect, deed.id());
  }
}
