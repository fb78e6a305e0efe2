package dev.cairn.cli.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobState;
import dev.cairn.cli.Figures;
import dev.cairn.cli.Output;
import dev.cairn.cli.TextWidth;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.StepProgress;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a person who watches a job sees. */
class ProgressTextTest {
  private static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");

  private static StepProgress step(String name, boolean finished, @Nullable Long done) {
    return new StepProgress(
        name,
        1,
        finished,
        !finished,
        1,
        NOON,
        Duration.ofSeconds(65),
        NOON,
        done,
        done == null ? null : 1_000L,
        finished ? null : String.valueOf(done),
        0);
  }

  private static JobProgress progress(
      Instant at, JobState state, @Nullable StepProgress current, List<StepProgress> steps) {
    return new JobProgress(
        at,
        7,
        "import_catalog",
        "default",
        state,
        2,
        false,
        current,
        current == null || current.done() == null ? null : 12.34,
        current == null || current.done() == null ? null : Duration.ofSeconds(48),
        Duration.ofSeconds(70),
        NOON,
        1,
        2,
        0,
        steps,
        List.of(),
        List.of());
  }

  @Test
  void r27_aFrameHasABarAndMarks() {
    StepProgress current = step("import", false, 400L);
    List<StepProgress> steps = List.of(step("validate", true, null), current);

    assertThat(
            new ProgressText(true, 80, "")
                .frame(progress(NOON, JobState.RUNNING, current, steps), steps, 23))
        .containsExactly(
            "job 7  import_catalog  running  attempt 2",
            "[########------------]  40 %  400 of 1,000, 12/s, 0:48 left",
            "  \u2713 validate                                1:05",
            "  > import                                  1:05  at 400",
            "1 interruption, 2 crashes");
    assertThat(
            new ProgressText(false, 80, "")
                .frame(progress(NOON, JobState.RUNNING, current, steps), steps, 23))
        .allMatch(line -> line.chars().allMatch(c -> c < 128));
  }

  @Test
  void r27_branchesThatRunAtTheSameTimeHaveTheirOwnShares() {
    StepProgress around = step("load", false, null);
    List<StepProgress> steps =
        List.of(around, step("load/a", false, 400L), step("load/b", false, 90L));

    assertThat(
            new ProgressText(true, 80, "")
                .frame(progress(NOON, JobState.RUNNING, around, steps), steps, 23))
        .contains(
            "in step load for 1:05",
            "  - load/a                                  1:05  40 %, at 400",
            "  - load/b                                  1:05  9 %, at 90");
  }

  @Test
  void r27_aFrameFitsATerminalOf80By24WhateverTheJobIs() {
    StepProgress current =
        step("import \u001b[31mthe \u6771\u4eac catalog ".repeat(20), false, 400L);
    List<StepProgress> steps =
        Stream.of(
                IntStream.range(0, 40).mapToObj(i -> step("before[" + i + "]", true, null)),
                Stream.of(current),
                IntStream.range(0, 40).mapToObj(i -> step("after[" + i + "]", false, null)))
            .flatMap(it -> it)
            .toList();

    List<String> frame =
        new ProgressText(true, 80, "")
            .frame(progress(NOON, JobState.RUNNING, current, steps), steps, 23);

    assertThat(frame)
        .hasSizeLessThan(23)
        .allMatch(line -> line.codePoints().map(c -> c < 0x1100 ? 1 : 2).sum() <= 79)
        .anyMatch(line -> line.startsWith("  > import"))
        .contains("    33 before", "    34 more");
  }

  @Test
  void r27_aTerminalIsDrawnInPlaceAndLeftClean() {
    var written = new StringWriter();
    var view = new TerminalView(Output.on(new PrintWriter(written)), true, "");
    StepProgress current = step("import", false, 400L);

    view.show(progress(NOON, JobState.RUNNING, current, List.of(current)), List.of(current));
    view.show(progress(NOON, JobState.RUNNING, current, List.of(current)), List.of(current));
    view.end("done");
    view.close();
    view.close();
    view.show(progress(NOON, JobState.RUNNING, current, List.of(current)), List.of(current));

    assertThat(written.toString())
        .startsWith("\u001b[?25l\u001b[?7l\rjob 7")
        .containsOnlyOnce("\u001b[4A")
        .endsWith("\rdone\u001b[K\n\r\u001b[?7h\u001b[?25h");
  }

  @Test
  void r27_withoutATerminalThereIsALineForEachNews() {
    var written = new StringWriter();
    var view = new PlainView(Output.on(new PrintWriter(written)), ZoneOffset.UTC);
    for (long second = 0; second <= 20; second++) {
      StepProgress current = step("import", false, 400 + second);
      List<StepProgress> steps = List.of(step("validate", true, null), current);
      view.show(progress(NOON.plusSeconds(second), JobState.RUNNING, current, steps), steps);
    }
    view.show(progress(NOON.plusSeconds(21), JobState.COMPLETED, null, List.of()), List.of());
    view.end("job 7 is completed");

    assertThat(written.toString().lines())
        .containsExactly(
            "12:00:00  job 7  import_catalog  running  attempt 2",
            "12:00:00  finished validate in 1:05",
            "12:00:00  import  40 %  400 of 1,000, 12/s, 0:48 left",
            "12:00:10  import  41 %  410 of 1,000, 12/s, 0:48 left",
            "12:00:20  import  42 %  420 of 1,000, 12/s, 0:48 left",
            "12:00:21  job 7  import_catalog  completed  attempt 2",
            "job 7 is completed");
  }

  @Test
  void figuresAreReadable() {
    assertThat(Figures.clock(Duration.ofSeconds(7))).isEqualTo("0:07");
    assertThat(Figures.clock(Duration.ofSeconds(3_723))).isEqualTo("1:02:03");
    assertThat(Figures.clock(Duration.ofHours(76))).isEqualTo("3 d 4 h");
    assertThat(Figures.spent(Duration.ofMillis(1_234))).isEqualTo("1.23 s");
    assertThat(Figures.rate(0.25)).isEqualTo("0.3/s");
    assertThat(Figures.rate(12_345.6)).isEqualTo("12,346/s");
    assertThat(Figures.bytes(2_048)).isEqualTo("2.0 KiB");
    assertThat(TextWidth.fit("abcdef", 5)).isEqualTo("abc..");
    assertThat(TextWidth.fit("abcde", 5)).isEqualTo("abcde");
    assertThat(TextWidth.left("\u6771", 3)).isEqualTo("\u6771 ");
  }

  /** Of a picture that is higher than the terminal, each drawing would scroll a copy away. */
  @Test
  void aFrameFitsALowTerminal() {
    StepProgress current = step("import", false, 400L);
    List<StepProgress> steps =
        Stream.of(
                IntStream.range(0, 40).mapToObj(i -> step("before[" + i + "]", true, null)),
                Stream.of(current),
                IntStream.range(0, 40).mapToObj(i -> step("after[" + i + "]", false, null)))
            .flatMap(it -> it)
            .toList();
    JobProgress progress = progress(NOON, JobState.RUNNING, current, steps);

    for (int room : new int[] {1, 2, 5, 9, 14}) {
      assertThat(new ProgressText(true, 80, "").frame(progress, steps, room))
          .hasSizeLessThanOrEqualTo(room)
          .first()
          .asString()
          .startsWith("job 7");
    }
    assertThat(new ProgressText(true, 80, "").frame(progress, steps, 14))
        .contains("1 interruption, 2 crashes")
        .anyMatch(line -> line.startsWith("  > import"));
  }

  /** Rows of other programs may have any numbers. */
  @Test
  void negativeNumbersAreDrawnAsAnEmptyBar() {
    StepProgress current = step("import", false, -150L);
    StepProgress other = step("other", false, -1L);
    List<StepProgress> steps = List.of(current, other);

    assertThat(
            new ProgressText(true, 80, "")
                .frame(progress(NOON, JobState.RUNNING, current, steps), steps, 23))
        .anyMatch(line -> line.startsWith("[--------------------]   0 %"))
        .anyMatch(line -> line.contains("- other") && line.contains("0 %"));
  }

  /** Without it, they would show and resume a job of another schema. */
  @Test
  void commandsNameTheSchemaThatWasGiven() {
    JobProgress pending = progress(NOON, JobState.PENDING, null, List.of());
    JobProgress discarded = progress(NOON, JobState.DISCARDED, null, List.of());

    assertThat(new ProgressText(true, 80, " --schema jobs").lines(pending))
        .containsExactly("waits until it is resumed: ./cairn jobs resume 7 --schema jobs");
    assertThat(ProgressText.end(discarded, " --schema jobs"))
        .isEqualTo("job 7 is discarded: ./cairn jobs show 7 --schema jobs shows the reason");
  }
}
