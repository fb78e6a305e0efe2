package dev.cairn.chaos.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Attacks wait for statements by their names, so a statement with another name would end them. */
class PlacesTest {
  private static final Path SOURCES = Path.of("src", "main", "java");
  private static final Path CORE = Path.of("..", "cairn-core").resolve(SOURCES);
  private static final Pattern STATEMENT =
      Pattern.compile("Sql\\.(?:of|composed)\\(\\s*\"([^\"]+)\"");

  /** A statement of the driver, and any statement. */
  private static final Set<String> OTHERS = Set.of("COMMIT", "");

  @Test
  void everyPlaceOfACutIsAStatementOfCairnOrOfTheWorkers() throws IOException {
    Set<String> known = statements();
    known.addAll(OTHERS);
    known.add(NetworkAttacks.OWN_ROW);

    assertThat(known).containsAll(NetworkAttacks.PLACES).contains(NetworkAttacks.HEARTBEAT);
  }

  @Test
  void workersWriteTheirRowsWithTheCommentThatAttacksLookFor() throws IOException {
    Path worker = SOURCES.resolve(Path.of("dev", "cairn", "chaos", "fleet", "DeedRun.java"));

    assertThat(worker).content().contains("/* " + NetworkAttacks.OWN_ROW + " */");
  }

  private static Set<String> statements() throws IOException {
    List<Path> files;
    try (var all = Files.walk(CORE)) {
      files = all.filter(file -> file.toString().endsWith(".java")).toList();
    }
    Set<String> names = new TreeSet<>();
    for (Path file : files) {
      STATEMENT
          .matcher(Files.readString(file))
          .results()
          .forEach(found -> names.add(found.group(1)));
    }
    return names;
  }
}
