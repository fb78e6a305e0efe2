package dev.cairn.chaos.campaign;

import dev.cairn.chaos.attack.Attack;
import dev.cairn.chaos.attack.Attack.Need;
import dev.cairn.chaos.attack.Attacks;
import dev.cairn.chaos.fleet.Target;
import dev.cairn.chaos.history.Strike;
import dev.cairn.chaos.verdict.Finding;
import dev.cairn.chaos.verdict.Verdict;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A result as text for people, or as JSON.
 *
 * @param command the command of the run, without its options
 */
public record CampaignReport(CampaignResult result, String command) {
  private static final int FINDINGS_MAX = 40;

  /** The result in Markdown: a table, the attacks, and the findings. */
  public String markdown() {
    Verdict verdict = result.verdict();
    var text = new StringBuilder();
    text.append(
        """
        | attack | load | runs | jobs | cut off | lost | lost by PostgreSQL | doubled | repeated | longest takeover | attempts used | broken promises |
        | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- | ---: | ---: | ---: |
        """);
    text.append(
        "| %s | %.1f/s | %d | %d | %d | %d | %d | %s | %s | %s | %d | %d |%n"
            .formatted(
                attacks(),
                result.load().perSecond(),
                verdict.runs(),
                verdict.jobs(),
                verdict.cutOff(),
                verdict.lost(),
                verdict.lostByDatabase(),
                counts(verdict.doubled()),
                counts(verdict.repeated()),
                takeover(verdict),
                verdict.attemptsUsed(),
                verdict.findings().size()));
    text.append(
        "%nStrikes: %s. The intended load was %.1f/s. %d of the runs were undisturbed, so that any failure in them would have been a finding. The machine was late by up to %d ms.%n%n    %s%n"
            .formatted(
                counts(strikes()),
                result.load().wished(),
                verdict.undisturbed(),
                verdict.worstLatenessMillis(),
                commandLine()));
    if (!result.places().isEmpty()) {
      text.append("%nPlaces: %s.%n".formatted(counts(result.places())));
    }
    findings(text);
    failures(text);
    missed(text);
    return text.toString();
  }

  private void failures(StringBuilder text) {
    if (!result.failures().isEmpty()) {
      text.append("%nAttacks that failed before their end:%n%n".formatted());
      result.failures().forEach(failure -> text.append("- %s%n".formatted(failure)));
    }
  }

  private void missed(StringBuilder text) {
    if (!result.missed().isEmpty()) {
      text.append(
          "%nNever struck, so nothing is known of them: %s. Attack for longer.%n"
              .formatted(String.join(", ", result.missed())));
    }
    if (result.metNobody()) {
      text.append("%nNo attack met a job: attack for longer, or with more load.%n".formatted());
    }
  }

  private void findings(StringBuilder text) {
    List<Finding> findings = result.verdict().findings();
    if (findings.isEmpty()) {
      text.append("%nAll promises were kept.%n".formatted());
      return;
    }
    text.append("%nBroken promises:%n%n".formatted());
    findings.stream()
        .limit(FINDINGS_MAX)
        .forEach(finding -> text.append("- %s%n".formatted(finding)));
    if (findings.size() > FINDINGS_MAX) {
      text.append("- and %d more%n".formatted(findings.size() - FINDINGS_MAX));
    }
  }

  /** The result as a JSON object. */
  public String json() {
    Verdict verdict = result.verdict();
    return """
    {"seed": %d, "attacks": [%s], "pairs": %s, "workers": %d, "seconds": %d, "loadWished": %s, "load": %s, "runs": %d, "jobs": %d, "cutOff": %d, "lost": %d, "lostByDatabase": %d,
     "doubled": %s, "repeated": %s, "takeovers": %d, "takeoversUnclear": %d, "longestTakeoverMillis": %d, "workedAgainMillis": %d,
     "attemptsUsed": %d, "worstLatenessMillis": %d, "met": %d, "undisturbed": %d, "strikes": %s, "places": %s, "missed": [%s],
     "failures": [%s],
     "findings": [%s]}
    """
        .formatted(
            result.options().seed(),
            quoted(result.options().attacks().stream().map(Attack::name).toList()),
            result.options().pairs(),
            result.options().fleet().workers(),
            result.load().time().toSeconds(),
            String.format(Locale.ROOT, "%.2f", result.load().wished()),
            String.format(Locale.ROOT, "%.2f", result.load().perSecond()),
            verdict.runs(),
            verdict.jobs(),
            verdict.cutOff(),
            verdict.lost(),
            verdict.lostByDatabase(),
            object(verdict.doubled()),
            object(verdict.repeated()),
            verdict.takeovers(),
            verdict.takeoversUnclear(),
            verdict.longestTakeoverMillis(),
            verdict.workedAgainMillis(),
            verdict.attemptsUsed(),
            verdict.worstLatenessMillis(),
            verdict.met(),
            verdict.undisturbed(),
            object(strikes()),
            object(result.places()),
            quoted(result.missed()),
            quoted(result.failures()),
            verdict.findings().stream()
                .map(finding ->
                    "{\"promise\": %s, \"job\": %d, \"text\": %s}"
                        .formatted(
                            quoted(finding.promise().name()),
                            finding.jobId(),
                            quoted(finding.text())))
                .collect(Collectors.joining(",\n  ")));
  }

  private String attacks() {
    if (result.options().attacks().isEmpty()) {
      return "none";
    }
    List<String> names = result.options().attacks().stream().map(Attack::name).toList();
    return new HashSet<>(names).equals(possible()) ? "all" : String.join(", ", names);
  }

  /**
   * The attacks that {@code all} means on this machine. Some attacks need a program or a setting.
   */
  private Set<String> possible() {
    String url = result.options().url();
    Target target = url == null ? null : Target.of(url);
    return Attacks.all().values().stream()
        .filter(attack -> attack.objection(target).isEmpty() && !attack.needs(Need.AUTO_FAILOVER))
        .map(Attack::name)
        .collect(Collectors.toSet());
  }

  private String commandLine() {
    CampaignOptions options = result.options();
    var line = new StringBuilder(command);
    line.append(" --attack ").append(attacks().replace(", ", ","));
    line.append(options.pairs() ? " --pairs" : "");
    line.append(" --seed ").append(options.seed());
    line.append(" --workers ").append(options.fleet().workers());
    line.append(" --heartbeat ").append(time(options.fleet().heartbeatTimeout()));
    line.append(" --duration ").append(time(options.duration()));
    addUnlessZero(line, "--rate", options.rate());
    addUnlessZero(line, "--rotations", options.rotations());
    addUnlessZero(line, "--jobs", options.jobsMax());
    String url = options.url();
    // Without its parameters, because they may contain a password.
    line.append(url == null ? "" : " --url " + url.replaceFirst("\\?.*", "?..."));
    return line.toString();
  }

  private static void addUnlessZero(StringBuilder line, String option, int value) {
    if (value != 0) {
      line.append(' ').append(option).append(' ').append(value);
    }
  }

  /** A time in the form that the options accept. */
  private static String time(Duration duration) {
    return duration.toString().substring("PT".length()).toLowerCase(Locale.ROOT);
  }

  private static String quoted(List<String> texts) {
    return texts.stream().map(CampaignReport::quoted).collect(Collectors.joining(", "));
  }

  private Map<String, Long> strikes() {
    return result.strikes().stream()
        .filter(Strike::whole)
        .collect(Collectors.groupingBy(Strike::attack, TreeMap::new, Collectors.counting()));
  }

  private static String takeover(Verdict verdict) {
    String unclear =
        verdict.takeoversUnclear() == 0 ? "" : ", %d unclear".formatted(verdict.takeoversUnclear());
    return verdict.takeovers() == 0
        ? "-" + unclear
        : "%.1f s of %d, worked again after %.1f s%s"
            .formatted(
                verdict.longestTakeoverMillis() / 1_000.0,
                verdict.takeovers(),
                verdict.workedAgainMillis() / 1_000.0,
                unclear);
  }

  private static String counts(Map<String, Long> counts) {
    return counts.isEmpty()
        ? "0"
        : counts.entrySet().stream()
            .map(entry -> "%s %d".formatted(entry.getKey(), entry.getValue()))
            .collect(Collectors.joining(", "));
  }

  private static String object(Map<String, Long> counts) {
    return counts.entrySet().stream()
        .map(entry -> "%s: %d".formatted(quoted(entry.getKey()), entry.getValue()))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  /** A text as a JSON string. */
  public static String quoted(String text) {
    var quoted = new StringBuilder("\"");
    text.chars()
        .forEach(character -> {
          if (character == '"' || character == '\\') {
            quoted.append('\\').append((char) character);
          } else if (character < ' ') {
            quoted.append("\\u%04x".formatted(character));
          } else {
            quoted.append((char) character);
          }
        });
    return quoted.append('"').toString();
  }
}
