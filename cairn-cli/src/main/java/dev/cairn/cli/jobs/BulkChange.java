package dev.cairn.cli.jobs;

import dev.cairn.JobState;
import dev.cairn.cli.Confirmation;
import dev.cairn.cli.ExitCodes;
import dev.cairn.cli.Figures;
import dev.cairn.cli.JsonFormat;
import dev.cairn.cli.JsonOutput;
import dev.cairn.cli.Output;
import dev.cairn.jobs.JobOperator;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.Jobs;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** The options of a verb for one job or for many, and what it does to many. */
final class BulkChange {
  private static final int CHUNK = 500;
  private static final int MOST = 100_000;
  private static final int MOST_MAX = 1_000_000;

  @Parameters(
      arity = "0..1",
      paramLabel = "ID",
      description = "The id of the job. Without an id, options select the jobs.")
  private @Nullable Long id;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "The maximum number of jobs to change (default: " + MOST + ").")
  private @Nullable Integer limit;

  @Option(names = "--dry-run", description = "Show which jobs match, but change nothing.")
  private boolean dryRun;

  @Option(names = "--yes", description = "Do not ask.")
  private boolean yes;

  /**
   * What was done, for {@code --json}.
   *
   * @param failed whether a chunk of jobs could not be changed, so that the rest was not tried
   */
  record Report(
      String verb, int matched, int changed, boolean more, boolean dryRun, boolean failed) {}

  /** The one job to change; null if there are many. */
  @Nullable Long id() {
    return id;
  }

  private int most() {
    return limit == null ? MOST : limit;
  }

  boolean isDryRun() {
    return dryRun;
  }

  boolean isConfirmed() {
    return yes;
  }

  /** Checks that either one job or a filter is given. */
  void require(CommandSpec command, JobFilter filter, JsonFormat format) {
    if ((id == null) != filter.isGiven()) {
      throw new ParameterException(
          command.commandLine(),
          id == null
              ? "say which jobs: an ID, or options such as --kind and --state"
              : "give either an ID or options such as --kind and --state");
    }
    if (id != null && limit != null) {
      throw new ParameterException(command.commandLine(), "--limit is for many jobs");
    }
    if (most() < 1 || most() > MOST_MAX) {
      throw new ParameterException(
          command.commandLine(), "--limit must be 1 to %d".formatted(MOST_MAX));
    }
    if (id == null) {
      requireNoQuestion(command, format);
    }
  }

  /** Checks that there is no need to ask within JSON. */
  void requireNoQuestion(CommandSpec command, JsonFormat format) {
    if (format.isWanted() && !yes && !dryRun) {
      throw new ParameterException(
          command.commandLine(), "--json cannot ask: add --yes or --dry-run");
    }
  }

  /** Shows the jobs, asks, and changes them. */
  int many(
      CommandSpec command,
      BulkVerb verb,
      Jobs jobs,
      Function<Jobs, JobOperator> by,
      JobFilter filter,
      boolean json) {
    Output out = Output.of(command);
    JobQuery query = filter.query().withStates(states(command, verb, filter));
    BulkPreview preview = BulkPreview.of(jobs, query, most());
    int matched = preview.ids().size();
    if (!json) {
      if (matched == 0) {
        out.line("No job matches.");
        return ExitCodes.DONE;
      }
      preview.print(out);
    }
    if (!dryRun
        && !yes
        && !Confirmation.of(
            command,
            "%s%s %s?"
                .formatted(
                    verb.label().substring(0, 1).toUpperCase(Locale.ROOT),
                    verb.label().substring(1),
                    BulkPreview.words(matched)))) {
      return ExitCodes.FAILED;
    }
    Changes changes = dryRun ? Changes.NONE : change(verb, jobs, by, query, preview.ids());
    say(out, verb, preview, changes, json);
    if (changes.failure() != null) {
      throw changes.failure();
    }
    return ExitCodes.DONE;
  }

  private void say(Output out, BulkVerb verb, BulkPreview preview, Changes changes, boolean json) {
    int matched = preview.ids().size();
    int changed = changes.changed();
    if (json) {
      out.text(
          JsonOutput.of(
              new Report(
                  verb.label(),
                  matched,
                  changed,
                  preview.more(),
                  dryRun,
                  changes.failure() != null)));
      return;
    }
    if (dryRun) {
      return;
    }
    out.line("%s %s".formatted(verb.done(), BulkPreview.words(changed)));
    if (changes.failure() != null) {
      out.line(
          "%s of %s were not changed, or their state is unknown: the change of a group of jobs failed"
              .formatted(Figures.count(changes.untried()), BulkPreview.words(matched)));
    } else if (changed < matched) {
      out.line(
          "%s had changed meanwhile, or another job holds their unique key"
              .formatted(BulkPreview.words(matched - changed)));
    }
  }

  private static JobState[] states(CommandSpec command, BulkVerb verb, JobFilter filter) {
    JobState[] said = filter.states();
    JobState[] states = verb.states(said == null ? Set.of() : EnumSet.copyOf(List.of(said)));
    if (states.length == 0) {
      throw new ParameterException(
          command.commandLine(), "%s has no effect on jobs in this state".formatted(verb.label()));
    }
    return states;
  }

  /**
   * What was changed.
   *
   * @param untried the jobs of the chunk that failed, and those behind it
   * @param failure why not all chunks were changed; null if they were
   */
  private record Changes(int changed, int untried, @Nullable RuntimeException failure) {
    static final Changes NONE = new Changes(0, 0, null);
  }

  private static Changes change(
      BulkVerb verb, Jobs jobs, Function<Jobs, JobOperator> by, JobQuery query, List<Long> ids) {
    int changed = 0;
    for (int from = 0; from < ids.size(); from += CHUNK) {
      List<Long> chunk = ids.subList(from, Math.min(from + CHUNK, ids.size()));
      JobQuery some = query.withIds(Set.copyOf(chunk)).withoutContents().withLimit(CHUNK);
      try {
        changed += verb.apply(jobs, by, some).size();
      } catch (RuntimeException e) {
        return new Changes(changed, ids.size() - from, e);
      }
    }
    return new Changes(changed, 0, null);
  }
}
