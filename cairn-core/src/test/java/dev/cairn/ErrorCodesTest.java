package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Messages that name a condition to act on end with a code, and each code has its entry in
 * docs/errors.md (docs/decisions/022-error-codes.md).
 */
class ErrorCodesTest {
  private static final Path ROOT = Path.of("..");
  private static final Path CORE = Path.of("src/main/java");
  private static final Pattern CODE = Pattern.compile("\\[(CAIRN-\\d{3})]");
  private static final Pattern CODE_IN_PLACE =
      Pattern.compile("(?<=[^ ] )\\[CAIRN-\\d{3}]\"|\" \\[CAIRN-\\d{3}]\"");
  private static final Pattern ENTRY =
      Pattern.compile("(?m)^### (CAIRN-\\d{3}): (.+)\\n\\n((?:(?!^##).*\\n?)*)");
  private static final Pattern NEW_EXCEPTION = Pattern.compile("new (\\w+Exception)\\(");
  private static final Pattern LOGGED = Pattern.compile("\\blog\\.(warn|error)\\(");

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
          "objects and arrays were written that nothing is known of");

  /** Messages that hold the one of their cause, which has a code where it needs one. */
  private static final List<String> PASSED_ON =
      List.of(
          "the item at %s cannot be read",
          "%s cannot read its source", "why, new SQLException(why");

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
    for (Path file : sources(ROOT)) {
      String source = Files.readString(file);
      assertThat(CODE_IN_PLACE.matcher(source).results())
          .as("%s", file)
          .hasSameSizeAs(CODE.matcher(source).results().toList());
    }
  }

  @Test
  void whatIsLoggedAsAWarningHasACode() throws IOException {
    assertThat(withoutCode(LOGGED, Set.of("warn", "error"))).isEmpty();
  }

  @Test
  void exceptionsForAStateOfAffairsHaveACode() throws IOException {
    Set<String> types =
        sources(CORE).stream()
            .map(file -> file.getFileName().toString().replace(".java", ""))
            .filter(name -> name.endsWith("Exception"))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(types).contains("CairnException", "SchemaException");
    types.add("IllegalStateException");

    assertThat(withoutCode(NEW_EXCEPTION, types)).isEmpty();
  }

  private static Set<String> codes() throws IOException {
    var codes = new TreeSet<String>();
    for (Path file : sources(ROOT)) {
      CODE.matcher(Files.readString(file)).results().forEach(code -> codes.add(code.group(1)));
    }
    return codes;
  }

  private static List<MatchResult> entries() throws IOException {
    return ENTRY.matcher(Files.readString(ROOT.resolve("docs/errors.md"))).results().toList();
  }

  private static List<String> withoutCode(Pattern call, Set<String> names) throws IOException {
    var missing = new ArrayList<String>();
    for (Path file : sources(CORE)) {
      String source = Files.readString(file);
      for (MatchResult match : call.matcher(source).results().toList()) {
        String arguments = arguments(source, match.end());
        if (names.contains(match.group(1)) && needsCode(arguments)) {
          missing.add(file.getFileName() + ": " + arguments.strip());
        }
      }
    }
    return missing;
  }

  /** What has no text of its own passes on that of its cause. */
  private static boolean needsCode(String arguments) {
    return arguments.contains("\"")
        && !CODE.matcher(arguments).find()
        && Stream.concat(NOT_MET.stream(), PASSED_ON.stream()).noneMatch(arguments::contains);
  }

  /** Up to the parenthesis that closes a call. */
  private static String arguments(String source, int begin) {
    int open = 1;
    boolean inText = false;
    int i = begin;
    while (open > 0) {
      char c = source.charAt(i);
      if (inText && c == '\\') {
        i++;
      } else if (c == '"') {
        inText = !inText;
      } else if (!inText) {
        open += c == '(' ? 1 : c == ')' ? -1 : 0;
      }
      i++;
    }
    return source.substring(begin, i - 1);
  }

  private static List<Path> sources(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> root.equals(CORE) || file.toString().contains("/src/main/"))
          .sorted()
          .toList();
    }
  }
}
