package dev.cairn.spring.boot;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says which bean or property is wrong, and what to do. */
final class ConfigurationFailureAnalyzer
    extends AbstractFailureAnalyzer<CairnConfigurationException> {
  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, CairnConfigurationException cause) {
    return new FailureAnalysis(cause.description() + ".", cause.action() + ".", cause);
  }
}
