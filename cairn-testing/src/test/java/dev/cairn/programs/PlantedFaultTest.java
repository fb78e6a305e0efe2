package dev.cairn.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The faults can still be planted; {@link FaultTrialsTest} has them found. */
class PlantedFaultTest {
  private static final Path TABLE = Path.of("../docs/promise.md");

  static Stream<PlantedFault> faults() {
    return PlantedFault.all();
  }

  /** A change of the code moves the fault or takes it away: the message says where. */
  @ParameterizedTest
  @MethodSource("faults")
  void itsClassesStillHaveTheCodeThatItChanges(PlantedFault fault) throws IOException {
    assertThat(fault.planting().sources()).isNotEmpty();
  }

  @Test
  void allCompile() throws IOException {
    assertThat(FaultyClasses.complaints(PlantedFault.all().toList())).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("faults")
  void isInTheTable(PlantedFault fault) throws IOException {
    String classes =
        fault.planting().classNames().stream().collect(Collectors.joining("`, `", "`", "`"));
    assertThat(Files.readString(TABLE)).contains("| %s | %d |".formatted(classes, fault.seed()));
  }

  @Test
  void eachHasANameOfItsOwn() {
    assertThat(faults().map(PlantedFault::name)).doesNotHaveDuplicates();
  }
}
