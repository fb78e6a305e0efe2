package dev.cairn.cli.man;

import java.util.List;
import java.util.stream.Collectors;

/** Writes the language of manual pages, in which no text of ours is an instruction. */
final class Roff {
  private final StringBuilder out = new StringBuilder();

  /** The first line of a page. */
  Roff title(String name, String version) {
    out.append(".TH \"%s\" 1 \"\" \"%s\" \"Cairn\"\n".formatted(escaped(name), escaped(version)));
    return this;
  }

  Roff section(String name) {
    out.append(".SH ").append(escaped(name)).append('\n');
    return this;
  }

  Roff text(String text) {
    out.append(line(escaped(text)));
    return this;
  }

  /** Lines, with a paragraph at each empty one. Nothing if there are none. */
  Roff text(List<String> lines) {
    for (String each : lines) {
      out.append(each.isBlank() ? ".PP\n" : line(escaped(each.strip())));
    }
    return this;
  }

  /** A term with its explanation. */
  Roff item(String term, List<String> explanation) {
    out.append(".TP\n").append(line("\\fB" + escaped(term) + "\\fR"));
    return text(explanation.isEmpty() ? List.of("\u00a0") : explanation);
  }

  /** Names of pages, in one paragraph. */
  Roff pages(List<String> names) {
    out.append(
        names.stream()
            .map(name -> "\\fB" + escaped(name) + "\\fR(1)")
            .collect(Collectors.joining(",\n", "", "\n")));
    return this;
  }

  private static String line(String escaped) {
    boolean isInstruction = escaped.startsWith(".") || escaped.startsWith("\\(aq");
    return (isInstruction ? "\\&" : "") + escaped + "\n";
  }

  /** A hyphen, a quote and the like are printed as they are typed, so that they can be copied. */
  private static String escaped(String text) {
    return text.replace("\\", "\\(rs")
        .replace("-", "\\-")
        .replace("'", "\\(aq")
        .replace("`", "\\(ga")
        .replace("^", "\\(ha")
        .replace("~", "\\(ti")
        .replace("\"", "\\(dq");
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
