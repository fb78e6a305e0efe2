package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.internal.options.Option;
import dev.cairn.schedule.Every;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * docs/settings.md is what the classes of settings say. With {@code -Dcairn.docs.write=true} the
 * page is written anew.
 */
class SettingsPageTest {
  private static final Path PAGE = Path.of("../docs/settings.md");

  /** Their one setting is given when they are made. */
  private static final Set<Class<?>> WITHOUT_SETTINGS = Set.of(Every.class);

  private static final String HEAD =
      """
      # Settings

      <!-- Generated from the javadoc and the initial values of the classes: do not edit. After you have changed a setting, run
      ./cairn test -pl cairn-core -am -Dtest=SettingsPageTest -Dsurefire.failIfNoSpecifiedTests=false -Dcairn.docs.write=true -->

      The settings of a client, its queues, its jobs and the sources of the core, and the options of queries and updates of jobs. Those of CSV files are on the page on [sources](sources.md#csv), the properties of Spring Boot on [its page](spring.md#properties). A `Worker` can set the `timeout`, the `nextRetry` and the `resumePolicy` of its jobs itself. The table has only what you can change on an existing object: values that a factory method takes, such as `ItemPolicy.skip(10)` and `Every.of(interval)`, are in the javadoc of that method.

      Times are `java.time.Duration`. If the column of the default is empty, the meaning says what applies unless you set it. Which of them matter in operation: [Operating](operations.md#settings).
      """;

  @Test
  void thePageIsWhatTheClassesSay() throws IOException {
    var page = new StringBuilder(HEAD);
    for (Class<?> type : SettingsPage.types()) {
      page.append("\n").append(new SettingsPage(type).section());
    }
    if (Boolean.getBoolean("cairn.docs.write")) {
      Files.writeString(PAGE, page);
    }
    assertThat(page).contains("| `withMaxWorkers(int number)` |", "| 30 s |", "| 10,000 |");
    assertThat(Files.readString(PAGE)).isEqualTo(page.toString());
  }

  @Test
  void noClassWithSettingsIsLeftOut() throws IOException {
    try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
      assertThat(sources.filter(SettingsPageTest::isPublicClass).map(SettingsPageTest::load))
          .filteredOn(SettingsPageTest::hasOptions)
          .filteredOn(type -> !WITHOUT_SETTINGS.contains(type))
          .isNotEmpty()
          .isSubsetOf(SettingsPage.types());
    }
  }

  private static boolean isPublicClass(Path file) {
    String name = file.toString();
    return name.endsWith(".java") && !name.endsWith("-info.java") && !name.contains("/internal/");
  }

  private static Class<?> load(Path file) {
    String name = Path.of("src/main/java").relativize(file).toString();
    try {
      return Class.forName(name.replace(".java", "").replace('/', '.'));
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean hasOptions(Class<?> type) {
    return Arrays.stream(type.getDeclaredFields())
        .anyMatch(field -> field.getType() == Option.class);
  }
}
