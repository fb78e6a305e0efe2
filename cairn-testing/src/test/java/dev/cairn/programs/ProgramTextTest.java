package dev.cairn.programs;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.lang.invoke.MethodHandles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program is printed as Java that makes the same program. */
class ProgramTextTest {
  private static final int PROGRAMS = 400;

  @TempDir private Path folder;

  @Tag("thorough")
  @Test
  void whatIsPrintedMakesTheSameProgram() throws Exception {
    List<Trial> trials = LongStream.range(0, PROGRAMS).mapToObj(Generator::trial).toList();

    assertThat(compiled(trials)).isEqualTo(trials);
    assertThat(trials.toString())
        .contains(
            "gone()",
            "noFolder()",
            "cut(",
            "folder(",
            "lines(PACKED",
            "rows(",
            "table(",
            "paged(",
            "becoming(",
            "hanging(\"hung\", 1)",
            "failing(\"committed\", ",
            ", 600000)",
            "\"neversleep",
            "ITEM_TX_STEPS",
            "ITEM_RESULTS",
            "BEHIND_ITEM_STEPS",
            "called(",
            "moved(");
  }

  @SuppressWarnings("unchecked") // it is what the text says
  private List<Trial> compiled(List<Trial> trials) throws Exception {
    Path source = Files.writeString(folder.resolve("Printed.java"), text(trials));
    var output = new StringWriter();
    var compiler = ToolProvider.getSystemJavaCompiler();
    try (var files = compiler.getStandardFileManager(null, null, null)) {
      boolean compiles =
          compiler
              .getTask(
                  output,
                  files,
                  null,
                  List.of(
                      "-proc:none",
                      "-d",
                      folder.toString(),
                      "-classpath",
                      Path.of(
                              Trial.class
                                  .getProtectionDomain()
                                  .getCodeSource()
                                  .getLocation()
                                  .toURI())
                          .toString()),
                  null,
                  files.getJavaFileObjects(source))
              .call();
      assertThat(compiles).as(output.toString()).isTrue();
    }
    Class<?> printed =
        MethodHandles.lookup()
            .defineClass(Files.readAllBytes(folder.resolve("dev/cairn/programs/Printed.class")));
    return (List<Trial>) printed.getDeclaredMethod("all").invoke(null);
  }

  /** A method for each: all in one would be too long. */
  private static String text(List<Trial> trials) {
    String methods =
        IntStream.range(0, trials.size())
            .mapToObj(i -> "  static Trial trial%d() { return %s; }\n".formatted(i, trials.get(i)))
            .collect(joining());
    String all =
        IntStream.range(0, trials.size()).mapToObj("trial%d()"::formatted).collect(joining(", "));
    String imports =
        Stream.of("Code", "Dsl", "Format", "Node", "Node.Form", "Node.Move", "Plan")
            .map(type -> "import static dev.cairn.programs." + type + ".*;\n")
            .collect(joining());
    return """
    package dev.cairn.programs;
    %simport java.util.List;
    final class Printed {
    %s  static List<Trial> all() { return List.of(%s); }
    }
    """
        .formatted(imports, methods, all);
  }
}
