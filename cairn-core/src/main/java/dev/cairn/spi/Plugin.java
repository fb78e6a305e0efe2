package dev.cairn.spi;

import dev.cairn.CairnBuilder;

/** A set of middleware, listeners and settings that belong together. */
@FunctionalInterface
public interface Plugin {
  /** Adds this plugin's parts to a client. Called once, by {@link CairnBuilder#plugin}. */
  void install(CairnBuilder client);
}
