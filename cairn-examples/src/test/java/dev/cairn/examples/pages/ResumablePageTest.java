package dev.cairn.examples.pages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.resumable.Cursor;
import dev.cairn.resumable.Steps;
import dev.cairn.testing.AttemptOutcome;
import dev.cairn.testing.JobTester;
import dev.cairn.testing.TestedAttempt;
import java.sql.Connection;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Runs what docs/resumable.md shows where compiling it proves too little. */
class ResumablePageTest {
  private static final int ROWS = 10;

  /** Ten rows, the ids of which have gaps. */
  private static final class Import extends ResumablePage {
    Import() {
      total = ROWS;
    }

    @Override
    void validate(ImportCatalog args) {}

    @Override
    List<Row> rowsAfter(long id) {
      return LongStream.rangeClosed(1, ROWS)
          .map(number -> number * 7)
          .filter(each -> each > id)
          .mapToObj(Row::new)
          .toList();
    }

    @Override
    void process(Row row, Quote quote) {}

    @Override
    void process(Row row) {}

    @Override
    void settle(Connection connection) {}

    @Override
    void insertRow(Connection connection, long number) {}

    @Override
    void index(IntConsumer progress) {
      progress.accept(40);
    }

    @Override
    void mail(String address) {}

    @Override
    void loadPeople(Cursor<Long> cursor) {}

    @Override
    void loadOrders() {}
  }

  @Test
  void progressCountsOnInTheNextAttempt() {
    var tester =
        JobTester.of(
            ResumablePage.ImportCatalog.class,
            (job, context) -> new Import().load(Steps.of(context)));
    var args = new ResumablePage.ImportCatalog("spring");

    var first = tester.interruptAt("import", new ResumablePage.Position(21, 3)).work(args);
    // Seven rows in all: had the second attempt counted anew, it would not pass this position.
    var seventh = new ResumablePage.Position(49, 7);
    TestedAttempt<?> second = tester.resume(first).interruptAt("import", seventh).work(args);

    assertThat(second.cursor("import", ResumablePage.Position.class)).contains(seventh);
    assertThat(second.outcome()).isInstanceOf(AttemptOutcome.Interrupted.class);
  }
}
