package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.migrate.MigrationDirection;
import dev.cairn.migrate.MigrationLine;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MigrationScriptTest {
  @ParameterizedTest
  @EnumSource(MigrationLine.class)
  void thereIsOneForEachVersionOfALine(MigrationLine line) {
    assertThat(MigrationScript.all().stream().filter(script -> script.line() == line))
        .extracting(MigrationScript::version)
        .containsExactlyElementsOf(IntStream.rangeClosed(1, line.newestVersion()).boxed().toList());
  }

  @ParameterizedTest
  @EnumSource(MigrationDirection.class)
  void eachHasSqlInBothDirections(MigrationDirection direction) {
    assertThat(MigrationScript.all())
        .allSatisfy(script ->
            assertThat(script.sql(direction, new SchemaName("mine")))
                .contains("\"mine\".")
                .doesNotContain("{schema}"));
  }
}
