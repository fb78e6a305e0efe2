package dev.cairn.testing;

/** How a run ends at a boundary. */
enum Fate {
  /** Killed; what was not durable is lost. */
  LOST("killed", "and what was not durable was lost"),
  /** Killed just after all that was saved had become durable. */
  KEPT("killed", "just after that had become durable"),
  /** Asked to stop, as by a deploy. */
  STOPPED("stopped by a deploy", "with everything saved");

  private final String verb;
  private final String consequence;

  Fate(String verb, String consequence) {
    this.verb = verb;
    this.consequence = consequence;
  }

  String describe(Boundary boundary) {
    return "%s %s, %s".formatted(verb, boundary.describe(), consequence);
  }
}
