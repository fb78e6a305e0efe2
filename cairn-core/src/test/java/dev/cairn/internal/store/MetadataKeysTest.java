package dev.cairn.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A key of the metadata stands in {@link MetadataKeys} and nowhere else. */
class MetadataKeysTest {
  private static final Pattern COMMENT =
      Pattern.compile("/\\*(?:(?!\\*/).)*\\*/|(?m)^\\s*//.*$", Pattern.DOTALL);
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
