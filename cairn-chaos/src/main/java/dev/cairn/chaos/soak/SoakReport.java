package dev.cairn.chaos.soak;

import dev.cairn.chaos.campaign.CampaignReport;
import dev.cairn.chaos.soak.Flatness.Verdict;
import dev.cairn.chaos.soak.Samples.Judged;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The result of a soak as text for people, or as JSON. */
record SoakReport(SoakResult result) {
  String markdown() {
    var text = new StringBuilder(campaign().markdown());
    text.append(
        """

        | where | measure | first third | last third | slope | may grow by | verdict |
        | --- | --- | ---: | ---: | ---: | ---: | --- |
        """);
    List<Judged> all = result.samples().judged();
    all.stream().filter(each -> !each.isConstant()).forEach(each -> text.append(row(each)));
    text.append(
        "%n%d more measures never changed. Missing answers: %d.%n"
            .formatted(
                all.stream().filter(Judged::isConstant).count(), result.samples().missing()));
    text.append(verdict());
    return text.toString();
  }

  private static String row(Judged each) {
    Kind kind = each.measure().kind();
    Flatness flatness = each.flatness();
    boolean unknown = flatness.verdict() == Verdict.TOO_FEW;
    return "| %s | %s | %s | %s | %s | %s | %s |%n"
        .formatted(
            each.measure().subject(),
            each.measure().name(),
            unknown ? "-" : kind.text(flatness.first()),
            unknown ? "-" : kind.text(flatness.last()),
            unknown ? "-" : kind.text(flatness.slopePerHour()) + "/h",
            kind.words(),
            unknown ? "only %d samples".formatted(flatness.samples()) : word(flatness.verdict()));
  }

  private String verdict() {
    List<Judged> grown = result.with(Verdict.GREW);
    if (!grown.isEmpty()) {
      return "%nNot flat: %s.%n"
          .formatted(
              grown.stream()
                  .map(each -> each.measure().subject() + " " + each.measure().name())
                  .collect(Collectors.joining(", ")));
    }
    return result.isTooShort()
        ? "%nToo few samples to say that anything is flat: at least %d are needed after a warm-up. Soak for longer.%n"
            .formatted(Flatness.SAMPLES_MIN)
        : "%nEverything is flat.%n".formatted();
  }

  String json() {
    return "{\"campaign\": %s,%n\"missing\": %d, \"measures\": [%n%s]}%n"
        .formatted(
            campaign().json().strip(),
            result.samples().missing(),
            result.samples().judged().stream()
                .map(SoakReport::json)
                .collect(Collectors.joining(",\n")));
  }

  private static String json(Judged each) {
    Flatness flatness = each.flatness();
    return String.format(
        Locale.ROOT,
        "{\"where\": %s, \"measure\": %s, \"verdict\": \"%s\", \"samples\": %d, \"first\": %.1f,"
            + " \"last\": %.1f, \"slopePerHour\": %.1f, \"allowed\": %.1f, \"values\": [%s]}",
        CampaignReport.quoted(each.measure().subject()),
        CampaignReport.quoted(each.measure().name()),
        word(flatness.verdict()),
        flatness.samples(),
        flatness.first(),
        flatness.last(),
        flatness.slopePerHour(),
        each.measure().kind().allowed(flatness.first()),
        each.points().stream()
            .map(point -> "[%d, %.0f]".formatted(point.millis(), point.value()))
            .collect(Collectors.joining(", ")));
  }

  private CampaignReport campaign() {
    return new CampaignReport(result.campaign(), "./cairn chaos soak");
  }

  private static String word(Verdict verdict) {
    return verdict.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
