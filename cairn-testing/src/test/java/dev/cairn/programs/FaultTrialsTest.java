package dev.cairn.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random programs find each {@link PlantedFault}: the classes with the fault are compiled, and come
 * before the right ones on the class path of a process that runs them. The program that finds it
 * goes right by the right code. {@code -Dcairn.faults.only=NAME,NAME} tries only these faults, and
 * {@code -Dcairn.faults.from=N} looks for other seeds. With {@code -Dtest.excluded=none}; without
 * it, only a few faults are tried that are found at once: they say that the judge still judges.
 */
@Tag("thorough")
class FaultTrialsTest {
  /**
   * So many from its seed on, at most. That of its seed finds it mostly: what strikes a program,
   * and when, is not quite the same each time.
   */
  private static final int PROGRAMS = Integer.getInteger("cairn.faults.programs", 5_000);

  private static final int PROGRAMS_AT_ONCE = 100;

  private static final List<String> ONLY =
      Stream.of(System.getProperty("cairn.faults.only", "").split(","))
          .filter(name -> !name.isBlank())
          .toList();
  private static final Pattern SEED = Pattern.compile(FaultTrials.FOUND + "(\\d+)");
  private static final long MINUTES_MAX = 20;

  @TempDir Path folder;

  static Stream<PlantedFault> faults() {
    return PlantedFault.all().filter(fault -> ONLY.isEmpty() || ONLY.contains(fault.name()));
  }

  static Stream<PlantedFault> faultsFoundAtOnce() {
    return Stream.of(
        StepFault.ITEM_COMES_AFTER_ITS_POSITION,
        StepFault.WAIT_COUNTS_AS_FINISHED,
        StepFault.PARTS_ARE_NOT_REDRIVEN,
        StepFault.TIME_LIMIT_IS_THE_ITEMS_FAILURE,
        TestKitFault.KEYS_CHANGE_IN_EACH_ATTEMPT);
  }

  @ParameterizedTest
  @MethodSource("faultsFoundAtOnce")
  void isFoundAtOnce(PlantedFault fault) throws Exception {
    String said =
        run(
            plant(fault),
            fault.name(),
            Long.toString(fault.seed()),
            Integer.toString(PROGRAMS_AT_ONCE));

    assertThat(said).contains(FaultTrials.FOUND);
  }

  @Tag("long")
  @ParameterizedTest
  @MethodSource("faults")
  void isFound(PlantedFault fault) throws Exception {
    Path classes = plant(fault);
    long from = Long.getLong("cairn.faults.from", fault.seed());

    String said = run(classes, fault.name(), Long.toString(from), Integer.toString(PROGRAMS));

    Matcher seed = SEED.matcher(said);
    assertThat(seed.find()).as(said).isTrue();
    // As many as the code with the fault had at work by then, under the same conditions.
    long tried =
        LongStream.rangeClosed(from, Long.parseLong(seed.group(1)))
            .mapToObj(fault::trial)
            .filter(fault::isIn)
            .count();
    assertThat(
            run(
                Files.createDirectory(folder.resolve("right")),
                fault.name(),
                Long.toString(from),
                Long.toString(tried + FaultTrials.AT_ONCE)))
        .as("%s without the fault", seed.group())
        .contains(FaultTrials.NOT_FOUND);
    System.out.println(fault + " is " + seed.group());
  }

  /** Returns the folder of the classes that have the fault. */
  private Path plant(PlantedFault fault) throws IOException {
    Path classes = Files.createDirectory(folder.resolve("classes"));
    var arguments =
        new ArrayList<>(
            List.of(
                "-nowarn",
                "-proc:none",
                "-parameters",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                classes.toString()));
    for (Map.Entry<Path, String> source : fault.planting().sources().entrySet()) {
      Path wrong = folder.resolve(source.getKey().getFileName());
      Files.writeString(wrong, source.getValue());
      arguments.add(wrong.toString());
    }
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, arguments.toArray(String[]::new));
    assertThat(result).isZero();
    return classes;
  }

  private String run(Path classes, String... arguments) throws Exception {
    Path output = folder.resolve("output");
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classes + File.pathSeparator + System.getProperty("java.class.path"),
                FaultTrials.class.getName()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(MINUTES_MAX, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return Files.readString(output);
  }
}
