package dev.cairn.spi;

import dev.cairn.CairnBuilder;

/** A set of middleware, listeners and settings that belong together. */
@FunctionalInterface
public interface Plugin {
  /** Adds to the description of a client what belongs to this plugin. */
  void install(CairnBuilder client);
}
