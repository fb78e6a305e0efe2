package dev.cairn.spring;

import dev.cairn.CairnBuilder;

/**
 * A bean that changes the client before it is built, for what no property of {@code cairn.*} says.
 * Customizers are called in their order, after the properties and the other beans.
 */
@FunctionalInterface
public interface CairnBuilderCustomizer {
  /** Changes the client. */
  void customize(CairnBuilder client);
}
