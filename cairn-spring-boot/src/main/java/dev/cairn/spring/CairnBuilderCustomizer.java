package dev.cairn.spring;

import dev.cairn.CairnBuilder;

/**
 * A bean that changes the client before it is built, for settings that have no {@code cairn.*}
 * property. Customizers are called in their order, after the properties and the other beans have
 * been applied.
 */
@FunctionalInterface
public interface CairnBuilderCustomizer {
  /** Changes the client. */
  void customize(CairnBuilder client);
}
