package dev.cairn.cli;

import dev.cairn.InsertOptions;
import dev.cairn.JobInserter;
import dev.cairn.JobRow;
import dev.cairn.JsonArgs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./cairn insert}: a {@link JobInserter} on the command line. */
@Command(
    name = "insert",
    description = {
      "Insert one job.",
      "The arguments are not checked against the worker. Options that the job's class defines",
      "for its insertions, such as a queue or a unique key, are not applied."
    })
final class InsertCommand implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // set by picocli
  private DatabaseOptions database;

  @Mixin
  @SuppressWarnings("NullAway.Init") // set by picocli
  private JsonFormat format;

  @Parameters(paramLabel = "KIND", description = "The kind of the job.")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private String kind;

  @Option(
      names = "--args",
      paramLabel = "JSON",
      defaultValue = "{}",
      description = "A JSON object, or @FILE to read it from a file (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private String args;

  @Option(names = "--queue", paramLabel = "QUEUE", description = "Its queue (default: default).")
  private @Nullable String queue;

  @Option(
      names = "--priority",
      paramLabel = "N",
      description = "1 (first) to 4 (last); the default is 1.")
  private @Nullable Integer priority;

  @Option(
      names = "--max-attempts",
      paramLabel = "N",
      description = "The maximum number of attempts (default: 25).")
  private @Nullable Integer maxAttempts;

  @ArgGroup private @Nullable DueTime due;

  @Option(names = "--pending", description = "Insert it as pending: it waits until it is resumed.")
  private boolean pending;

  @Option(names = "--tag", paramLabel = "TAG", description = "A tag. May be repeated.")
  private String @Nullable [] tags;

  @Option(names = "--metadata", paramLabel = "JSON", description = "Its metadata, a JSON object.")
  private @Nullable String metadata;

  /** The job in {@code --json}. */
  private record Inserted(
      long id, String kind, String queue, String state, int priority, Instant scheduledAt) {}

  @Override
  public void run() {
    JsonArgs json;
    InsertOptions options;
    try {
      json = JsonArgs.of(kind, text(args));
      options = options();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
    JobRow job = database.client().insert(json, options).job();
    var inserted =
        new Inserted(
            job.id(),
            job.kind(),
            job.queue(),
            job.state().label(),
            job.priority(),
            job.scheduledAt());
    Output out = Output.of(spec);
    if (format.isWanted()) {
      out.text(JsonOutput.of(inserted));
    } else {
      out.line(
          "inserted job %d of kind %s into queue %s: %s"
              .formatted(job.id(), job.kind(), job.queue(), job.state().label()));
    }
  }

  private String text(String given) {
    if (!given.startsWith("@")) {
      return given;
    }
    try {
      return Files.readString(Path.of(given.substring(1)), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new ParameterException(
          spec.commandLine(),
          "--args %s cannot be read as a text in UTF-8: %s".formatted(given, e));
    }
  }

  private InsertOptions options() {
    InsertOptions options = InsertOptions.defaults();
    options = queue == null ? options : options.withQueue(queue);
    options = priority == null ? options : options.withPriority(priority);
    options = maxAttempts == null ? options : options.withMaxAttempts(maxAttempts);
    Instant at = due == null ? null : due.at();
    options = at == null ? options : options.withScheduledAt(at);
    Duration delay = due == null ? null : due.delay();
    options = delay == null ? options : options.withDelay(delay);
    options = tags == null ? options : options.withTags(tags);
    options = metadata == null ? options : options.withMetadata(metadata);
    return pending ? options.withPending() : options;
  }
}
