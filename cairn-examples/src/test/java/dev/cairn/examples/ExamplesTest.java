package dev.cairn.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs each example as its reader would, and looks at what it prints. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ExamplesTest {
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

  @Test
  void ownTransactionsCommitTheRowsOfARepositoryWithTheStep() throws Exception {
    assertThat(output(OwnTransactions::main))
        .containsExactly("fails at posting 55", "100 postings");
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
