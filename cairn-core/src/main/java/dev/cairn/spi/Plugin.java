package dev.cairn.spi;

import dev.cairn.CairnBuilder;

/** A set of middleware, listeners and settings that belong together. */
@FunctionalInterface
public interface Plugin {
  /** Adds this plugin's parts to the description of a client. */
  void install(CairnBuilder client);
}
