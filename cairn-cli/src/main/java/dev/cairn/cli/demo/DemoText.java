package dev.cairn.cli.demo;

import static dev.cairn.cli.demo.Figures.bytes;
import static dev.cairn.cli.demo.Figures.count;
import static dev.cairn.cli.demo.Figures.files;
import static dev.cairn.cli.demo.Figures.seconds;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The report of the demo for people. */
final class DemoText {
  private static final int TYPES = 5;

  private DemoText() {}

  static String of(DemoReport report, Demo.Settings settings) {
    var lines = new ArrayList<String>();
    lines.add("");
    lines.add(row("files", "%s (%s)".formatted(count(report.files()), bytes(report.bytes()))));
    lines.add(row("unreadable", count(report.unreadable())));
    lines.add(row("most frequent types", types(report.summary())));
    lines.add(
        row(
            "duplicates",
            "%s with the content of another (%s)"
                .formatted(
                    files(report.summary().duplicateFiles()),
                    bytes(report.summary().duplicateBytes()))));
    lines.add(row("time", seconds(Duration.ofMillis(report.durationMs()))));
    lines.add("");
    lines.add(row(settings.attack().plural(), kills(report)));
    lines.add(row("takeovers", takeovers(report, settings)));
    if (settings.attack().isSurvived()) {
      lines.add(row("gave up the job", "%d of %d".formatted(report.comebacks(), report.kills())));
    }
    lines.add(row("hashed twice", files(report.hashedTwice())));
    lines.add(
        row(
            "without checkpoints",
            files(report.redoneWithoutCheckpoints()) + " would be hashed again"));
    lines.add("");
    lines.add(row("missing", count(report.missing())));
    lines.add(row("doubled", count(report.doubled())));
    lines.add(row("wrong", count(report.wrong())));
    if (report.changed() > 0) {
      lines.add(row("changed meanwhile", files(report.changed()) + ", not judged"));
    }
    lines.add("");
    lines.add(verdict(report));
    return lines.stream().map(line -> line + System.lineSeparator()).collect(Collectors.joining());
  }

  private static String row(String name, String value) {
    return "  %-22s %s".formatted(name, value);
  }

  private static String kills(DemoReport report) {
    return report.kills() < report.killsWanted()
        ? "%d of %d (the work ended before the others; seed %d)"
            .formatted(report.kills(), report.killsWanted(), report.seed())
        : "%d (seed %d)".formatted(report.kills(), report.seed());
  }

  private static String takeovers(DemoReport report, Demo.Settings settings) {
    List<Long> all = report.takeoverMs();
    String list =
        all.isEmpty()
            ? "none"
            : all.stream()
                .map(ms -> seconds(Duration.ofMillis(ms)))
                .collect(Collectors.joining(", "));
    return "%s (heartbeat timeout %d s)".formatted(list, settings.heartbeatTimeout().toSeconds());
  }

  private static String types(Summary summary) {
    return summary.types().stream()
        .limit(TYPES)
        .map(type -> type.mimeType() + " " + count(type.files()))
        .collect(Collectors.joining(", "));
  }

  private static String verdict(DemoReport report) {
    if (!report.isFlawless()) {
      return "The table is wrong: see missing, doubled and wrong.";
    }
    return report.hasKills()
        ? "Every file is in the table exactly once, as on the disk."
        : "No worker was killed, because the work ended too soon: name a directory with more"
            + " files with --dir.";
  }
}
