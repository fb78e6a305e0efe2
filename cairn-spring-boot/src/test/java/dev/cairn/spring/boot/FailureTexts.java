package dev.cairn.spring.boot;

import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.core.io.support.SpringFactoriesLoader;

/** What Spring Boot prints of a failure that one of our analyzers knows. */
final class FailureTexts {
  private FailureTexts() {}

  static String of(Throwable failure) {
    for (FailureAnalyzer analyzer :
        SpringFactoriesLoader.forDefaultResourceLocation()
            .load(
                FailureAnalyzer.class,
                SpringFactoriesLoader.FailureHandler.logging(
                    org.apache.commons.logging.LogFactory.getLog(FailureTexts.class)))) {
      if (analyzer.getClass().getPackageName().equals("dev.cairn.spring.boot")) {
        FailureAnalysis analysis = analyzer.analyze(failure);
        if (analysis != null) {
          return "Description: %s Action: %s"
              .formatted(analysis.getDescription(), analysis.getAction());
        }
      }
    }
    throw new AssertionError("no analyzer knows this failure", failure);
  }
}
