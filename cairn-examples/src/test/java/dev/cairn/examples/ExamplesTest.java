package dev.cairn.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs each example as its reader would, and looks at what it prints. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ExamplesTest {
  private static final Path SOURCES = Path.of("src/main/java/dev/cairn/examples");
  private static final Path ROOT = Path.of("..");

  @Test
  void firstJobGreets() throws Exception {
    assertThat(output(FirstJob::main)).containsExactly("Hello, Ada");
  }

  @Test
  void insertInTransactionStoresTheOrderAndItsJobOrNeither() throws Exception {
    assertThat(output(InsertInTransaction::main))
        .containsExactly("job 1", "refused, and there is a second job: false");
  }

  @Test
  void ownMiddlewareSeesEveryAttempt() throws Exception {
    assertThat(output(OwnMiddleware::main))
        .containsExactly("an invoice for Ada Ltd", "build_invoice done", "build_invoice failed");
  }

  @Test
  void resumableImportGoesOnAfterTheDeployWithoutDoubles() throws Exception {
    assertThat(output(ResumableImport::main))
        .containsExactly("deployed while the import was running", "10000 prices", "10000 articles");
  }

  /** What a reader copies from the papers must be what is compiled and run here. */
  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/index.md"})
  void theShortestProgramInThePapersIsFirstJob(String paper) throws IOException {
    String program = Files.readString(SOURCES.resolve("FirstJob.java"));

    assertThat(Files.readString(ROOT.resolve(paper))).contains("```java\n" + program + "```");
  }

  @FunctionalInterface
  private interface Program {
    void run(String[] args) throws Exception;
  }

  private static List<String> output(Program program) throws Exception {
    PrintStream console = System.out;
    var printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      program.run(new String[0]);
    } finally {
      System.setOut(console);
    }
    return printed.toString(StandardCharsets.UTF_8).lines().toList();
  }
}
