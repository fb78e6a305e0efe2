package dev.cairn.spring.boot;

import dev.cairn.SchemaException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says what is wrong with the tables, and how they get right. */
final class SchemaFailureAnalyzer extends AbstractFailureAnalyzer<SchemaException> {
  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, SchemaException cause) {
    return new FailureAnalysis(
        "Cairn cannot use the tables of its jobs: %s".formatted(cause.getMessage()),
        "Set cairn.migrate=up to let the application create and update them when it starts. Or "
            + "apply the migrations yourself, with './cairn migrate up' or your migration tool. If "
            + "the tables are in another schema, set cairn.schema.",
        cause);
  }
}
