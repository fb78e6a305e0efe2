package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * In every module that users depend on or call, messages that name a condition to act on end with a
 * code, and each code has its entry in docs/errors.md (docs/decisions/022-error-codes.md).
 */
class ErrorCodesTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern CODE = Pattern.compile("\\[(CAIRN-\\d{3})]");
  private static final Pattern CODE_IN_PLACE =
      Pattern.compile("(?<=[^ ] )\\[CAIRN-\\d{3}]\"|\" \\[CAIRN-\\d{3}]\"");
  private static final Pattern ENTRY =
      Pattern.compile("(?m)^### (CAIRN-\\d{3}): (.+)\\n\\n((?:(?!^##).*\\n?)*)");
  private static final Pattern MODULE = Pattern.compile("<module>([\\w-]+)</module>");
  private static final Pattern NEW_EXCEPTION = Pattern.compile("new \\w+Exception\\(");
  private static final Pattern SUPER = Pattern.compile("\\bsuper\\(");
  private static final Pattern IS_THROWN =
      Pattern.compile("class \\w+\\s+extends \\w*(?:Exception|Error)\\b");
  private static final Pattern LOGGED =
      Pattern.compile("\\b(?:log|LOG|logger)\\.(?:warn|error)\\(");
  private static final Pattern CAUSE_ONLY =
      Pattern.compile("\\s*(?:\\w+\\.getMessage\\(\\),\\s*)?(\\w+)\\s*");

  /** Whose messages only those meet who build Cairn. A new module is not among them. */
  private static final Set<String> NOT_FOR_USERS =
      Set.of(
          "cairn-benchmarks",
          "cairn-chaos",
          "cairn-examples",
          "cairn-spring-sample",
          "cairn-languages",
          "cairn-quarkus-sample",
          "cairn-micronaut-sample");

  /**
   * Exceptions about one argument, of a method or of a command, whose message says everything; and
   * those of drivers, which users meet as the reason in a message of ours.
   */
  private static final Pattern WITHOUT_CODE =
      Pattern.compile(
          "new (IllegalArgument|Parameter|TypeConversion|NotFound"
              + "|SQL|SQLTransientConnection|SQLFeatureNotSupported)Exception\\(");

  /** Messages of what no user meets: faults of Cairn itself, and of the Java platform. */
  private static final List<String> NOT_MET =
      List.of(
          "SHA-256",
          "a life ends with nothing but its end",
          "an attempt that has lost its job goes on",
          "an interrupted attempt goes on",
          "a suspended attempt goes on",
          "river_migration has no room for line",
          "Cairn's jar is damaged",
          "signal '%s' was not kept",
          "the Java types of some objects or arrays are unknown",
          "there are no transactions without a data source",
          "a failover strikes no process",
          "nobody comes back from",
          "there is no standby",
          "%s has no address");

  /** What is thrown to end an attempt or a branch, which is no failure. */
  private static final List<String> SIGNALS =
      List.of(
          "\"snoozed for \"",
          "another branch of the parallel step has failed",
          "the work of the transaction has failed",
          "the process was killed here by its test");

  /** Failures that a test has asked for. */
  private static final List<String> ON_PURPOSE =
      List.of("%s fails here, as its test wants it", "a connection cannot be aborted");

  /** Messages that hold the one of their cause, or become the reason in another message. */
  private static final List<String> PASSED_ON =
      List.of(
          "the item at %s cannot be read",
          "%s cannot read its source",
          "why, new SQLException(why",
          "A transaction manager of the data source that holds the jobs cannot be used",
          "The arguments of %s have no kind",
          "description + \". \" + action",
          "method.describe() + \" has failed\", e",
          "the archive has a path outside of its folder",
          "the user who runs the server cannot access",
          "its manifest cannot be read",
          "\"interrupted\", e",
          "objection.get()",
          "lastLines()");

  @Test
  void everyCodeHasItsEntry() throws IOException {
    assertThat(entries()).extracting(entry -> entry.group(1)).containsExactlyElementsOf(codes());
  }

  @Test
  void everyEntrySaysWhatItMeansAndWhatToDo() throws IOException {
    for (MatchResult entry : entries()) {
      assertThat(entry.group(2)).as(entry.group(1)).doesNotEndWith(".");
      assertThat(entry.group(3).strip()).as(entry.group(1)).hasSizeGreaterThan(60).endsWith(".");
    }
  }

  @Test
  void aCodeIsTheEndOfItsMessage() throws IOException {
    for (Path file : sources(modules())) {
      String source = Files.readString(file);
      assertThat(CODE_IN_PLACE.matcher(source).results())
          .as("%s", file)
          .hasSameSizeAs(CODE.matcher(source).results().toList());
    }
  }

  @Test
  void whatIsLoggedAsAWarningHasACode() throws IOException {
    assertThat(withoutCode(LOGGED)).isEmpty();
  }

  @Test
  void exceptionsForAStateOfAffairsHaveACode() throws IOException {
    assertThat(withoutCode(NEW_EXCEPTION)).isEmpty();
  }

  @Test
  void exceptionsThatBringTheirOwnTextHaveACode() throws IOException {
    var missing = new ArrayList<String>();
    for (Path file : sources(forUsers())) {
      String source = Files.readString(file);
      if (IS_THROWN.matcher(source).find()) {
        withoutCode(SUPER, file, source).stream()
            .filter(call -> call.contains("\""))
            .forEach(missing::add);
      }
    }

    assertThat(missing).isEmpty();
  }

  @Test
  void everyModuleThatUsersMeetIsRead() throws IOException {
    assertThat(forUsers())
        .contains("cairn-core", "cairn-spring-boot", "cairn-cli")
        .doesNotContainAnyElementsOf(NOT_FOR_USERS);
    assertThat(modules()).containsAll(NOT_FOR_USERS);
  }

  @Test
  void noTextIsExcusedThatIsGone() throws IOException {
    var all = new StringBuilder();
    for (Path file : sources(forUsers())) {
      all.append(Files.readString(file));
    }
    assertThat(excused()).allSatisfy(text -> assertThat(all).contains(text));
  }

  private static Set<String> codes() throws IOException {
    var codes = new TreeSet<String>();
    for (Path file : sources(modules())) {
      CODE.matcher(Files.readString(file)).results().forEach(code -> codes.add(code.group(1)));
    }
    return codes;
  }

  private static List<MatchResult> entries() throws IOException {
    return ENTRY.matcher(Files.readString(ROOT.resolve("docs/errors.md"))).results().toList();
  }

  private static List<String> withoutCode(Pattern call) throws IOException {
    var missing = new ArrayList<String>();
    for (Path file : sources(forUsers())) {
      missing.addAll(withoutCode(call, file, Files.readString(file)));
    }
    return missing;
  }

  private static List<String> withoutCode(Pattern call, Path file, String source) {
    return call.matcher(source)
        .results()
        .filter(match -> !WITHOUT_CODE.matcher(match.group()).matches())
        .filter(match -> needsCode(arguments(source, match.end()), source))
        .map(match ->
            file.getFileName() + ": " + match.group() + arguments(source, match.end()).strip())
        .toList();
  }

  /** Only a cause, with its own message, needs none. */
  private static boolean needsCode(String arguments, String source) {
    return !CODE.matcher(arguments).find()
        && !isCauseOnly(arguments, source)
        && excused().noneMatch(arguments::contains);
  }

  private static boolean isCauseOnly(String arguments, String source) {
    if (arguments.isBlank()) {
      return true;
    }
    Matcher cause = CAUSE_ONLY.matcher(arguments);
    return cause.matches()
        && Pattern.compile("(Exception|Throwable|Error)\\s+" + cause.group(1) + "\\b")
            .matcher(source)
            .find();
  }

  private static Stream<String> excused() {
    return Stream.of(NOT_MET, SIGNALS, ON_PURPOSE, PASSED_ON).flatMap(List::stream);
  }

  /** Up to the parenthesis that closes a call. */
  private static String arguments(String source, int begin) {
    int open = 1;
    String quote = "";
    int i = begin;
    while (open > 0) {
      char c = source.charAt(i);
      if (!quote.isEmpty()) {
        if (source.startsWith(quote, i)) {
          i += quote.length() - 1;
          quote = "";
        } else if (c == '\\') {
          i++;
        }
      } else if (c == '"' || c == '\'') {
        quote = source.startsWith("\"\"\"", i) ? "\"\"\"" : String.valueOf(c);
        i += quote.length() - 1;
      } else {
        open += c == '(' ? 1 : c == ')' ? -1 : 0;
      }
      i++;
    }
    return source.substring(begin, i - 1);
  }

  private static List<String> modules() throws IOException {
    return MODULE
        .matcher(Files.readString(ROOT.resolve("pom.xml")))
        .results()
        .map(module -> module.group(1))
        .toList();
  }

  private static List<String> forUsers() throws IOException {
    return modules().stream().filter(module -> !NOT_FOR_USERS.contains(module)).toList();
  }

  private static List<Path> sources(List<String> modules) throws IOException {
    var sources = new ArrayList<Path>();
    for (String module : modules) {
      Path folder = ROOT.resolve(module).resolve("src/main");
      if (Files.exists(folder)) {
        try (Stream<Path> files = Files.walk(folder)) {
          files.filter(file -> file.toString().matches(".*\\.(java|kt)")).forEach(sources::add);
        }
      }
    }
    assertThat(sources).hasSizeGreaterThan(modules.size());
    Collections.sort(sources);
    return sources;
  }
}
