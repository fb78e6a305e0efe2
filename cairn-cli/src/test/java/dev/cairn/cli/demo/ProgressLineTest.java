package dev.cairn.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.cli.Output;
import dev.cairn.cli.demo.InventoryTables.Progress;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProgressLineTest {
  private Instant now = Instant.EPOCH;

  @Test
  void tellsStepFilesRateAndTimeLeft() {
    var line = new ProgressLine(() -> now);
    line.text(at(1_000));
    now = now.plusSeconds(2);

    assertThat(line.text(at(3_000)))
        .isEqualTo("hash       3,000 of 10,000 files, 1,000/s, 0:08 left");
  }

  @Test
  void theRateIsThatOfTheLastSeconds() {
    var line = new ProgressLine(() -> now);
    line.text(at(0));
    now = now.plusSeconds(60);
    line.text(at(1_000));
    now = now.plusSeconds(1);

    assertThat(line.text(at(2_000))).contains(" 1,000/s");
  }

  @Test
  void tellsWhenNobodyWorks() {
    var line = new ProgressLine(() -> now);
    var orphaned = new JobStatus(JobStatusTest.running(), Optional.empty(), false);

    assertThat(line.text(orphaned)).isEqualTo("scan       counting the files, no worker");
    assertThat(line.text(at(10_000))).startsWith("summarise ");
  }

  @AfterEach
  void forgetTheSize() {
    System.clearProperty("cairn.stdout.size");
  }

  @ParameterizedTest
  @CsvSource({"60, 20", "80, 20", "110, 45", "200, 60"})
  void theBarUsesTheWidthOfTheTerminal(int columns, int length) {
    System.setProperty("cairn.stdout.size", "24 " + columns);
    var terminal = new StringWriter();
    var display = new BarDisplay(Output.on(new PrintWriter(terminal)), () -> now);

    display.progress(at(2_500));

    String line = terminal.toString().replaceAll("\\u001b\\[K|\r", "");
    assertThat(line).startsWith("[" + "#".repeat(length / 4)).hasSizeLessThan(columns);
    assertThat(line.indexOf(']')).isEqualTo(length + 1);
    assertThat(line.contains("of 10,000 files")).isEqualTo(columns >= 80);
  }

  @Test
  void theBarFitsIntoALineAndStaysBelowTheEvents() {
    System.setProperty("cairn.stdout.size", "24 80");
    var terminal = new StringWriter();
    var display = new BarDisplay(Output.on(new PrintWriter(terminal)), () -> now);

    display.progress(at(2_500));
    display.line("kill -9");
    display.end();

    String drawn = terminal.toString();
    assertThat(drawn).contains("[#####---------------]  25 %  hash ");
    assertThat(drawn.replaceAll("\\u001b\\[K", "").split("[\\r\\n]+"))
        .allMatch(line -> line.length() < 80);
    assertThat(drawn.substring(drawn.indexOf("kill -9"))).contains("25 %");
  }

  private static JobStatus at(long files) {
    var progress = new Progress(new Found(10_000, 0), files, 0);
    return new JobStatus(JobStatusTest.running(), Optional.of(progress), true);
  }
}
