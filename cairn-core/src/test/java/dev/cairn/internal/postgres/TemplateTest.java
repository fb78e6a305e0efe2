package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TemplateTest {
  private static final Path ROOM = Path.of("src/main/java/dev/cairn/internal/postgres");
  private static final Pattern BY_PLACE =
      Pattern.compile("%\\d\\$s|\"\"\"\\s*\\)?\\s*\\.formatted\\(");

  @Test
  void piecesArePutInAtAllPlacesOfTheirNames() {
    assertThat(
            Template.of("SELECT {columns} FROM job WHERE {held} RETURNING {columns}")
                .with("columns", "id, kind")
                .with("held", "true")
                .sql())
        .isEqualTo("SELECT id, kind FROM job WHERE true RETURNING id, kind");
  }

  @Test
  void theSchemaAndBracesInPiecesStay() {
    assertThat(
            Template.of("SELECT {key} FROM {schema}.river_job")
                .with("key", "metadata #>> '{held}' || '$1 \\'")
                .sql())
        .isEqualTo("SELECT metadata #>> '{held}' || '$1 \\' FROM {schema}.river_job");
  }

  @Test
  void aPieceWithoutAPlaceIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(Template.of("SELECT 1").with("held", "true")::sql)
        .withMessageContaining("no place for [held]");
  }

  @Test
  void aNameWithoutAPieceIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(Template.of("SELECT {columns}")::sql)
        .withMessageContaining("no {columns}");
  }

  @Test
  void noStatementNumbersItsPieces() throws IOException {
    try (Stream<Path> files = Files.list(ROOM)) {
      for (Path file : files.toList()) {
        assertThat(BY_PLACE.matcher(Files.readString(file)).results()).as("%s", file).isEmpty();
      }
    }
  }
}
