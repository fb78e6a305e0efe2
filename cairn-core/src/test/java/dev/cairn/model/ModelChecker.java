package dev.cairn.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Runs TLC, the checker of TLA+, on the modules in {@code docs/model}, in a process of its own
 * because it ends its JVM and keeps its state in static fields.
 */
final class ModelChecker {
  private static final Path MODULES = Path.of("..", "docs", "model");
  private static final Duration LONGEST = Duration.ofHours(2);
  private static final Pattern STATES = Pattern.compile("(\\d+) distinct states found");
  private static final Pattern STEP = Pattern.compile("State \\d+: <(\\w+)");
  private static final Pattern VIOLATED =
      Pattern.compile("(?:Invariant|Action property) (\\w+)[^\\n]* is violated");
  private static final Pattern REPLACED = Pattern.compile("\\s*,\\s*");

  private final Path directory;

  /**
   * @param name of a folder below {@code target} for the files of the runs
   */
  ModelChecker(String name) {
    directory = Path.of("target", "model", name).toAbsolutePath();
    try {
      Files.createDirectories(directory);
      try (Stream<Path> modules = Files.list(MODULES)) {
        for (Path module : modules.filter(file -> file.toString().endsWith(".tla")).toList()) {
          Files.copy(
              module, directory.resolve(module.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The configuration of a module, with other values for some constants. */
  static String configuration(String module, Map<String, String> constants) {
    try {
      String text = Files.readString(MODULES.resolve(module + ".cfg"));
      for (Map.Entry<String, String> constant : constants.entrySet()) {
        Matcher line = Pattern.compile("(?m)^  " + constant.getKey() + " = .*$").matcher(text);
        if (!line.find()) {
          throw new IllegalArgumentException("no constant " + constant.getKey());
        }
        text =
            line.replaceFirst(
                Matcher.quoteReplacement("  " + constant.getKey() + " = " + constant.getValue()));
      }
      return text;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Puts definitions in the place of others.
   *
   * @param rules such as {@code "Held <- HeldByState, Locked <- NoLock"}
   */
  static String replacing(String configuration, String rules) {
    return REPLACED
        .splitAsStream(rules)
        .map(rule -> "CONSTANT " + rule + "\n")
        .collect(Collectors.joining("", configuration, ""));
  }

  /** Has one invariant checked, and no other. */
  static String onlyInvariant(String configuration, String invariant) {
    return configuration.replaceAll("(?s)INVARIANTS.*", "INVARIANT " + invariant + "\n");
  }

  /**
   * Has what happens in the end checked: a property of the module's {@code FairSpec}. Such a search
   * can leave nothing out.
   */
  static String inTheEnd(String configuration, String property) {
    return configuration
            .replaceAll("(?m)^(SYMMETRY|CONSTRAINT) .*$", "")
            .replace("SPECIFICATION Spec", "SPECIFICATION FairSpec")
        + "PROPERTY "
        + property
        + "\n";
  }

  /** Adds or replaces a module. */
  void write(String module, String text) {
    try {
      Files.writeString(directory.resolve(module + ".tla"), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Searches all states, breadth first, so that what it finds is the shortest way there. */
  Result check(String module, String configuration) {
    return check(module, configuration, List.of());
  }

  /**
   * A search of at most some ten thousand states. It takes less time without the better compiler.
   */
  Result checkBriefly(String module, String configuration) {
    return check(module, configuration, List.of("-XX:TieredStopAtLevel=1"));
  }

  private Result check(String module, String configuration, List<String> options) {
    long start = System.nanoTime();
    try {
      Files.writeString(directory.resolve("Run.cfg"), configuration);
      Path output = directory.resolve("output.txt");
      var command = new ArrayList<String>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(options);
      command.addAll(List.of("-Xmx2g", "-Xss8m", "-XX:+UseSerialGC"));
      // The first search keeps the checker's classes as the later ones, some hundred, want them.
      Path classes = Path.of("target", "tlc.jsa").toAbsolutePath();
      command.addAll(List.of("-XX:+AutoCreateSharedArchive", "-XX:SharedArchiveFile=" + classes));
      command.addAll(List.of("-Djava.io.tmpdir=" + directory, "-cp", jar().toString()));
      command.addAll(List.of("tlc2.TLC", "-nowarning", "-workers", "1"));
      command.addAll(List.of("-metadir", directory.resolve("states").toString()));
      command.addAll(List.of("-config", "Run.cfg", module));
      Process process =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      try {
        if (!process.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)) {
          throw new IllegalStateException("the search does not end; see " + output);
        }
      } finally {
        process.destroyForcibly(); // also where the test's own time is up
      }
      return result(Files.readString(output), Duration.ofNanos(System.nanoTime() - start));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static Path jar() {
    try {
      return Path.of(
          Class.forName("tlc2.TLC").getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (ClassNotFoundException | URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Result result(String output, Duration taken) {
    Matcher violated = VIOLATED.matcher(output);
    String verdict;
    if (output.contains("No error has been found")) {
      verdict = Result.HOLDS;
    } else if (violated.find()) {
      verdict = violated.group(1);
    } else if (output.contains("Temporal properties were violated")) {
      verdict = Result.NEVER;
    } else if (output.contains("Deadlock reached")) {
      verdict = Result.DEADLOCK;
    } else {
      throw new IllegalStateException("the model could not be checked:\n" + output);
    }
    List<String> states = STATES.matcher(output).results().map(match -> match.group(1)).toList();
    var actions = new ArrayList<>(STEP.matcher(output).results().map(MatchResult::group).toList());
    actions.replaceAll(step -> step.substring(step.indexOf('<') + 1));
    actions.remove("Initial");
    return new Result(verdict, Long.parseLong(states.getLast()), taken, actions, output);
  }

  /**
   * What the search has found.
   *
   * @param verdict {@link #HOLDS}, {@link #DEADLOCK}, {@link #NEVER}, or the invariant that does
   *     not hold
   * @param states how many states were seen
   * @param actions the shortest way to the violation
   * @param output all that TLC has printed
   */
  record Result(String verdict, long states, Duration taken, List<String> actions, String output) {
    static final String HOLDS = "holds";
    static final String DEADLOCK = "deadlock";

    /** What should happen in the end does not. */
    static final String NEVER = "never";

    boolean holds() {
      return verdict.equals(HOLDS);
    }

    /** The way to the violation, a line for each action, in words. */
    String story() {
      return Words.story(actions);
    }

    @Override
    public String toString() {
      return "%s; %,d states in %.1f s%s"
          .formatted(verdict, states, taken.toMillis() / 1000.0, holds() ? "" : "\n" + story());
    }
  }
}
