package dev.cairn.resumable;

import dev.cairn.source.SplittableSource;

/** Steps of several branches at the same time: named ones, or the parts of a source (R12, R17). */
record BranchSteps(StepRunner runner, StepScope scope, StepOptions options) {
  void parallel(StepEntry entry, Branches.Definition definition) throws Exception {
    StepBody body =
        () -> {
          var branches = new Branches();
          definition.define(branches);
          runner.ledger().requireBranches(entry, branches.bodies().keySet());
          new ParallelRun(runner, scope, entry, branches).run();
        };
    if (entry.isFinished()) {
      runner.redriveWithin(scope, options, entry, body);
    } else {
      runner.run(scope, options, entry, body);
      runner.ledger().finish(entry, null);
    }
  }

  <T, C> void parts(
      StepEntry entry, SplittableSource<T, C> source, int parts, SourceSteps.PartBody<T, C> body)
      throws Exception {
    var sources = new SourceSteps(runner, scope, options);
    parallel(entry, branches -> sources.parts(entry, source, parts, branches, body));
  }
}
