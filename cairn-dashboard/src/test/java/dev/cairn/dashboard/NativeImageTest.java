package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.dashboard.internal.view.Views;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a native image needs to know of the dashboard is in its jar. */
class NativeImageTest {
  private static final String FILE =
      "/META-INF/native-image/dev.cairn/cairn-dashboard/reachability-metadata.json";

  private static final Path CLASSES = Path.of("target/classes");

  private static JsonNode metadata() throws IOException {
    try (var file = Objects.requireNonNull(NativeImageTest.class.getResourceAsStream(FILE))) {
      return JsonMapper.shared().readTree(file);
    }
  }

  /** The types that Jackson may read all of. */
  private static Set<String> bound() throws IOException {
    var bound = new TreeSet<String>();
    for (JsonNode each : metadata().path("reflection")) {
      assertThat(each.path("allDeclaredConstructors").asBoolean(false)).isTrue();
      assertThat(each.path("allDeclaredMethods").asBoolean(false)).isTrue();
      assertThat(each.path("allDeclaredFields").asBoolean(false)).isTrue();
      bound.add(each.path("type").asString());
    }
    return bound;
  }

  /** What answers are made with. */
  private static final Set<String> NO_ANSWERS = Set.of("Disclosure", "FailureTimes", "Node");

  /** The records of the only package that the module opens to Jackson. */
  private static List<Class<?>> answers() throws IOException, ClassNotFoundException {
    var answers = new ArrayList<Class<?>>();
    Path folder = CLASSES.resolve(Views.class.getPackageName().replace('.', '/'));
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".class") && !name.equals("package-info.class")) {
          Class<?> type =
              Class.forName(
                  Views.class.getPackageName() + "." + name.substring(0, name.length() - 6));
          if (type.isRecord() && !NO_ANSWERS.contains(type.getSimpleName())) {
            answers.add(type);
          }
        }
      }
    }
    return answers;
  }

  @Test
  void everyAnswerIsBoundAndNothingElse() throws Exception {
    assertThat(bound())
        .hasSizeGreaterThan(40)
        .containsExactlyInAnyOrderElementsOf(answers().stream().map(Class::getName).toList());
  }

  /** Also what answers are made of: no type of Cairn's outside of that package. */
  @Test
  void everyPartOfAnAnswerIsBound() throws Exception {
    Set<String> bound = bound();
    for (Class<?> answer : answers()) {
      for (RecordComponent part : answer.getRecordComponents()) {
        assertThat(ours(part.getGenericType()))
            .as("%s of %s", part.getName(), answer.getName())
            .isSubsetOf(bound);
      }
    }
  }

  private static Set<String> ours(Type type) {
    var found = new TreeSet<String>();
    if (type instanceof ParameterizedType generic) {
      for (Type each : generic.getActualTypeArguments()) {
        found.addAll(ours(each));
      }
    } else if (type instanceof Class<?> plain && plain.getName().startsWith("dev.cairn.")) {
      found.add(plain.getName());
    }
    return found;
  }

  @Test
  void thePageAndTheDescriptionOfTheApiAreResources() throws Exception {
    var names = new ArrayList<String>();
    Path folder = CLASSES.resolve("dev/cairn/dashboard");
    try (Stream<Path> files = Files.walk(folder)) {
      files
          .filter(file -> Files.isRegularFile(file) && !file.toString().endsWith(".class"))
          .map(file -> CLASSES.relativize(file).toString().replace('\\', '/'))
          .forEach(names::add);
    }
    names.add("dev/cairn/dashboard/page/index.html"); // a build without the page has none
    names.add("dev/cairn/dashboard/page/assets/index-1.js");
    assertThat(names)
        .contains("dev/cairn/dashboard/openapi.json")
        .allSatisfy(name -> assertThat(isResource(name)).as(name).isTrue());
  }

  private static boolean isResource(String name) throws IOException {
    for (JsonNode each : metadata().path("resources")) {
      String glob = "glob:" + each.path("glob").asString();
      if (FileSystems.getDefault().getPathMatcher(glob).matches(Path.of(name))) {
        return true;
      }
    }
    return false;
  }
}
