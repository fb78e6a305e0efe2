package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.internal.client.ClientSettings;
import dev.cairn.internal.options.Option;
import dev.cairn.internal.text.DurationText;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.JobUpdate;
import dev.cairn.migrate.MigrationOptions;
import dev.cairn.resumable.ItemPolicy;
import dev.cairn.resumable.ResumableLimits;
import dev.cairn.resumable.StepPlan;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.source.FileSource;
import dev.cairn.source.Keyset;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The settings of one class as a section of docs/settings.md. What a setting means and what it
 * refuses comes from the first sentence of the javadoc of its method, or else of its accessor; its
 * default from the class itself.
 */
final class SettingsPage {
  private static final Path SOURCES = Path.of("src/main/java");
  private static final Pattern DOC = Pattern.compile("/\\*\\*((?:(?!\\*/).)*)\\*/", Pattern.DOTALL);
  private static final Pattern TAG = Pattern.compile("\\{@(?:link|code) ([^}\\s]*)\\s*([^}]*)}");
  private static final Pattern END_OF_SENTENCE = Pattern.compile("(?<=\\.) (?=[A-Z0-9`])");
  private static final Pattern REFUSAL =
      Pattern.compile("@throws IllegalArgumentException (.*?)(?=\\n\\s*@|$)", Pattern.DOTALL);
  private static final Pattern PARAMETER =
      Pattern.compile("@param (\\w+) (.*?)(?=\\n\\s*@|$)", Pattern.DOTALL);
  private static final Pattern CONSTANT = Pattern.compile("\\b[A-Z][A-Z_]+\\b");
  private static final Pattern ASSIGNED =
      Pattern.compile("(?:this\\.)?(\\w+)(?: =|\\.(?:add|addAll|putIfAbsent)\\()");

  private final Class<?> type;
  private final String source;

  SettingsPage(Class<?> type) throws IOException {
    this.type = type;
    this.source = Files.readString(SOURCES.resolve(type.getName().replace('.', '/') + ".java"));
  }

  /** A heading, what the class is, and a table with a row for each setting. */
  String section() {
    String rows = settings().map(this::row).collect(Collectors.joining("\n"));
    return """
    ## %s

    %s

    | setting | meaning | default | limits |
    | --- | --- | --- | --- |
    %s
    """
        .formatted(type.getSimpleName(), firstSentence(docBefore(classDeclaration())), rows);
  }

  private int classDeclaration() {
    return source.indexOf("public final class " + type.getSimpleName());
  }

  /** The methods that return another object of the class, in the order of the source. */
  private Stream<MatchResult> settings() {
    return Pattern.compile(
            "\\n  public %s(?:<T>)? (\\w+)\\(([^)]*)\\)[^{;]*\\{(.*?)\\n  }"
                .formatted(type.getSimpleName()),
            Pattern.DOTALL)
        .matcher(source)
        .results();
  }

  private String row(MatchResult method) {
    String doc = docBefore(method.start() + 1);
    String meaning = firstSentence(doc.isEmpty() ? accessorDoc(method) : doc);
    assertThat(meaning).as("javadoc of %s.%s", type.getName(), method.group(1)).isNotEmpty();
    return "| `%s(%s)` | %s | %s | %s |"
        .formatted(
            method.group(1),
            parameters(method.group(2)),
            meaning,
            initial(method.group(3)),
            limits(doc));
  }

  private static String parameters(String declared) {
    return declared.replaceAll("@Nullable ", "").replaceAll("\\s+", " ").strip();
  }

  /** Of the accessor of the first option that the method sets. */
  private String accessorDoc(MatchResult method) {
    Option<?> option = option(method.group(3));
    MatchResult accessor =
        option == null
            ? null
            : Pattern.compile("\\n  public [^(=]* %s\\(\\)".formatted(option))
                .matcher(source)
                .results()
                .findFirst()
                .orElse(null);
    if (accessor == null) {
      throw new AssertionError("%s.%s needs javadoc".formatted(type.getName(), method.group(1)));
    }
    return docBefore(accessor.start() + 1);
  }

  /** The javadoc right before a place, without its stars; empty if there is none. */
  private String docBefore(int place) {
    return DOC.matcher(source)
        .results()
        .filter(doc -> doc.end() <= place && source.substring(doc.end(), place).isBlank())
        .map(doc -> doc.group(1).replaceAll("\\n\\s*\\*", "\n").strip())
        .findFirst()
        .orElse("");
  }

  /** And those that say what holds unless the setting is set. */
  private static String firstSentence(String doc) {
    String text = plain(doc.replaceAll("(?s)\\n\\s*@.*|<p>.*", ""));
    List<String> sentences = END_OF_SENTENCE.splitAsStream(text).toList();
    return Stream.concat(
            sentences.stream().limit(1),
            sentences.stream().skip(1).filter(sentence -> sentence.matches(".*[Uu]nless set.*")))
        .collect(Collectors.joining(" "));
  }

  private static String limits(String doc) {
    Stream<String> parameters =
        PARAMETER
            .matcher(doc)
            .results()
            .map(each -> "`%s`: %s".formatted(each.group(1), plain(each.group(2))));
    Stream<String> refusals =
        REFUSAL.matcher(doc).results().map(each -> "refused " + plain(each.group(1)));
    return Stream.concat(parameters, refusals).collect(Collectors.joining("; "));
  }

  /** As Markdown, on one line. */
  private static String plain(String javadoc) {
    return TAG.matcher(javadoc.replaceAll("\\s+", " ").strip())
        .replaceAll(tag ->
            tag.group(0).startsWith("{@code")
                ? "`" + (tag.group(1) + " " + tag.group(2)).strip() + "`"
                : "`" + linked(tag.group(1), tag.group(2)) + "`")
        .replace("|", "\\|");
  }

  private static String linked(String target, String label) {
    return label.isEmpty()
        ? target.replaceFirst("^#", "").replace('#', '.').replaceFirst("^dev\\.cairn\\.\\w+\\.", "")
        : label;
  }

  private String initial(String body) {
    if (body.contains(" = false;") || body.contains(", false)")) {
      return text(false); // a setting that switches something off
    }
    Option<?> option = option(body);
    if (option != null) {
      return text(read(Option.class, "initial", option));
    }
    MatchResult assigned = ASSIGNED.matcher(body).results().findFirst().orElse(null);
    return assigned == null || type != CairnBuilder.class
        ? ""
        : text(read(type, assigned.group(1), new CairnBuilder(new PGSimpleDataSource())));
  }

  private @Nullable Option<?> option(String body) {
    return CONSTANT
        .matcher(body)
        .results()
        .map(constant -> constant(constant.group()))
        .filter(Option.class::isInstance)
        .map(each -> (Option<?>) each)
        .findFirst()
        .orElse(null);
  }

  private @Nullable Object constant(String name) {
    Class<?> owner = type == CairnBuilder.class ? ClientSettings.class : type;
    return Stream.of(owner.getDeclaredFields()).anyMatch(field -> field.getName().equals(name))
        ? read(owner, name, null)
        : null;
  }

  private static @Nullable Object read(Class<?> owner, String name, @Nullable Object object) {
    try {
      Field field = owner.getDeclaredField(name);
      field.setAccessible(true);
      return field.get(object);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("%s has no field %s".formatted(owner.getName(), name), e);
    }
  }

  /** Empty for objects, whose methods say in words what they are unless set. */
  private static String text(@Nullable Object value) {
    return switch (value) {
      case Boolean on -> on ? "on" : "off";
      case Duration time -> DurationText.of(time);
      case Number number -> String.format(Locale.ROOT, "%,d", number.longValue());
      case Enum<?> constant -> "`%s`".formatted(constant);
      case Set<?> states when !states.isEmpty() ->
          states.stream()
              .map(each -> "`%s`".formatted(each))
              .collect(Collectors.toCollection(TreeSet::new))
              .stream()
              .collect(Collectors.joining(", "));
      case Collection<?> none when none.isEmpty() -> "none";
      case Map<?, ?> none when none.isEmpty() -> "none";
      case null, default -> "";
    };
  }

  /** The classes whose settings are on the page, in its order. */
  static List<Class<?>> types() {
    return List.of(
        CairnBuilder.class,
        QueueOptions.class,
        ResumePolicy.class,
        ResumableLimits.class,
        Retention.class,
        PeriodicJob.class,
        InsertOptions.class,
        UniqueOptions.class,
        JobQuery.class,
        JobUpdate.class,
        ItemPolicy.class,
        StepPlan.class,
        Keyset.class,
        FileSource.class,
        MigrationOptions.class);
  }
}
