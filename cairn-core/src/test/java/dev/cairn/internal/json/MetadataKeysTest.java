package dev.cairn.internal.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A key of the metadata stands in {@link MetadataKeys} and nowhere else. */
class MetadataKeysTest {
  private static final Pattern COMMENT =
      Pattern.compile("/\\*(?:(?!\\*/).)*\\*/|(?m)^\\s*//[^\n]*$", Pattern.DOTALL);
  private static final Pattern OF_A_PROGRAM = Pattern.compile("(?:cairn|river):[a-z_]+");

  @Test
  void noKeyOfAProgramIsALiteralElsewhere() throws IOException {
    for (Path file : sources()) {
      assertThat(OF_A_PROGRAM.matcher(code(file)).results().map(key -> key.group()))
          .as("%s", file)
          .isEmpty();
    }
  }

  @Test
  void noOtherKeyIsALiteralInSql() throws Exception {
    for (Path file : sources()) {
      String code = code(file);
      assertThat(keys()).as("%s", file).noneMatch(key -> code.contains("'" + key + "'"));
    }
  }

  /** Other modules cannot see the constants: a key that is renamed here must be renamed there. */
  @Test
  void eachKeyThatAnotherModuleNamesIsOneOfThese() throws Exception {
    var named = new TreeSet<String>();
    for (Path file : sourcesOfOtherModules()) {
      OF_A_PROGRAM.matcher(code(file)).results().forEach(key -> named.add(key.group()));
    }

    assertThat(named).contains("cairn:operations", "cairn:paused", "river:log");
    assertThat(keys()).containsAll(named);
  }

  @Test
  void noTwoKeysAreTheSame() throws Exception {
    assertThat(keys()).doesNotHaveDuplicates().hasSizeGreaterThan(20);
    assertThat(Set.copyOf(keys())).contains("river:rescue_count", "cairn:deaths", "snoozes");
  }

  private static List<String> keys() throws IllegalAccessException {
    var keys = new TreeSet<String>();
    for (Field field : MetadataKeys.class.getFields()) {
      assertThat(keys.add((String) field.get(null))).as(field.getName()).isTrue();
    }
    return List.copyOf(keys);
  }

  private static String code(Path file) throws IOException {
    return COMMENT.matcher(Files.readString(file)).replaceAll("");
  }

  private static List<Path> sourcesOfOtherModules() throws IOException {
    var sources = new ArrayList<Path>();
    try (DirectoryStream<Path> modules = Files.newDirectoryStream(Path.of(".."), "cairn-*")) {
      for (Path module : modules) {
        Path folder = module.resolve("src/main/java");
        if (!module.endsWith("cairn-core") && Files.exists(folder)) {
          try (Stream<Path> files = Files.walk(folder)) {
            files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
          }
        }
      }
    }
    return sources;
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> core = Files.walk(Path.of("src/main/java"));
        Stream<Path> testing = Files.walk(Path.of("../cairn-testing/src/main/java"))) {
      return Stream.concat(core, testing)
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> !file.endsWith("MetadataKeys.java"))
          .toList();
    }
  }
}
