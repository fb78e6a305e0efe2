package dev.cairn.chaos.attack;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All attacks, by name, in the order in which they rotate. */
public final class Attacks {
  private Attacks() {}

  /** All of them. */
  public static Map<String, Attack> all() {
    var list = new ArrayList<Attack>();
    list.addAll(ProcessAttacks.all());
    list.addAll(ServerAttacks.all());
    list.addAll(FailoverAttacks.all());
    list.addAll(NetworkAttacks.all());
    list.addAll(DatabaseAttacks.all());
    list.addAll(JobAttacks.all());
    var byName = new LinkedHashMap<String, Attack>();
    list.forEach(attack -> byName.put(attack.name(), attack));
    return byName;
  }

  /**
   * The attacks with these names.
   *
   * @param names names, or {@code all}
   * @throws IllegalArgumentException if there is no attack of a name
   */
  public static List<Attack> named(List<String> names) {
    Map<String, Attack> all = all();
    if (names.equals(List.of("all"))) {
      return List.copyOf(all.values());
    }
    return names.stream()
        .map(name -> {
          Attack attack = all.get(name);
          if (attack == null) {
            throw new IllegalArgumentException(
                "there is no attack '%s'. Use all, or any of %s"
                    .formatted(name, String.join(", ", all.keySet())));
          }
          return attack;
        })
        .toList();
  }
}
