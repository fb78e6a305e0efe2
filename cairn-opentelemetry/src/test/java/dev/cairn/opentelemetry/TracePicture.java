package dev.cairn.opentelemetry;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Spans as a picture: a row for each, over time, with arrows for links. Time in which nothing runs
 * is left out. The text of the picture does not depend on how long anything took.
 */
final class TracePicture {
  private static final int WIDTH = 960;
  private static final int LEFT = 330;
  private static final int RIGHT = 20;
  private static final int ROW = 26;
  private static final int TOP = 16;
  private static final int BAR = 14;
  private static final double BAR_MIN = 3;
  private static final int GAP = 70;
  private static final Pattern TEXT = Pattern.compile(">([^<>\\n]+)</(?:text|title)>");

  private final List<Row> rows = new ArrayList<>();
  private final List<Arrow> arrows = new ArrayList<>();

  /** How a bar looks. */
  enum Look {
    INSERTION("#6b7fd7", "none"),
    ATTEMPT("#4c9f70", "none"),
    LOST("none", "#b3423a"),
    STEP("#a8d5ba", "none"),
    SKIPPED("none", "#7a7a7a");

    private final String fill;
    private final String stroke;

    Look(String fill, String stroke) {
      this.fill = fill;
      this.stroke = stroke;
    }
  }

  private record Row(
      int depth, String label, long startNanos, long endNanos, Look look, List<Long> marks) {}

  private record Arrow(int from, int to, String label) {}

  /**
   * Adds a row below the others.
   *
   * @param marks the times of its events
   * @return its number
   */
  int add(int depth, String label, long startNanos, long endNanos, Look look, List<Long> marks) {
    rows.add(new Row(depth, label, startNanos, endNanos, look, List.copyOf(marks)));
    return rows.size() - 1;
  }

  void link(int from, int to, String label) {
    arrows.add(new Arrow(from, to, label));
  }

  private double x(long nanos) {
    long busy = 0;
    long before = 0;
    int gaps = 0;
    int gapsBefore = 0;
    long end = Long.MIN_VALUE;
    for (Row row : byStart()) {
      boolean isGap = end != Long.MIN_VALUE && row.startNanos() > end;
      gaps += isGap ? 1 : 0;
      gapsBefore += isGap && nanos > end ? 1 : 0;
      long from = Math.max(end, row.startNanos());
      if (row.endNanos() > from) {
        busy += row.endNanos() - from;
        before += Math.clamp(nanos - from, 0, row.endNanos() - from);
        end = row.endNanos();
      }
    }
    double room = WIDTH - LEFT - RIGHT - (double) gaps * GAP;
    return LEFT + gapsBefore * (double) GAP + room * before / Math.max(1, busy);
  }

  private List<Row> byStart() {
    return rows.stream().sorted(Comparator.comparingLong(Row::startNanos)).toList();
  }

  /** Where nothing runs: time that is left out. */
  private List<Double> gaps() {
    var gaps = new ArrayList<Double>();
    long end = Long.MAX_VALUE;
    for (Row row : byStart()) {
      if (row.startNanos() > end) {
        gaps.add((x(end) + x(row.startNanos())) / 2);
      }
      end = end == Long.MAX_VALUE ? row.endNanos() : Math.max(end, row.endNanos());
    }
    return gaps;
  }

  private static double middle(int row) {
    return TOP + row * ROW + ROW / 2.0;
  }

  String svg() {
    int height = 2 * TOP + rows.size() * ROW;
    var svg = new StringBuilder();
    line(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" role=\"img\""
            + " font-family=\"sans-serif\" font-size=\"12\">",
        WIDTH,
        height,
        WIDTH);
    line(svg, "<title>The trace of a job whose first process was killed</title>");
    line(
        svg,
        "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\""
            + " markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0 8 4 0 8z\" fill=\"#555\"/>"
            + "</marker></defs>");
    line(svg, "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>", WIDTH, height);
    for (int row = 0; row < rows.size(); row++) {
      draw(svg, row);
    }
    for (double gap : gaps()) {
      line(
          svg,
          "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#bbb\""
              + " stroke-dasharray=\"1 5\" stroke-width=\"3\"/>",
          gap,
          gap,
          TOP,
          height - TOP);
    }
    arrows.forEach(arrow -> draw(svg, arrow));
    return svg.append("</svg>\n").toString();
  }

  private void draw(StringBuilder svg, int number) {
    Row row = rows.get(number);
    if (number % 2 == 1) {
      line(
          svg,
          "<rect y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#f5f6f8\"/>",
          TOP + number * ROW,
          WIDTH,
          ROW);
    }
    line(
        svg,
        "<text x=\"%d\" y=\"%.0f\" fill=\"#222\">%s</text>",
        12 + 18 * row.depth(),
        middle(number) + 4,
        row.label());
    double x = x(row.startNanos());
    line(
        svg,
        "<rect x=\"%.1f\" y=\"%.0f\" width=\"%.1f\" height=\"%d\" rx=\"2\" fill=\"%s\""
            + " stroke=\"%s\"%s/>",
        x,
        middle(number) - BAR / 2.0,
        Math.max(BAR_MIN, x(row.endNanos()) - x),
        BAR,
        row.look().fill,
        row.look().stroke,
        row.look() == Look.LOST ? " stroke-dasharray=\"4 3\"" : "");
    for (long mark : row.marks()) {
      line(
          svg,
          "<circle cx=\"%.1f\" cy=\"%.0f\" r=\"2.5\" fill=\"#1d5c3a\"/>",
          x(mark),
          middle(number));
    }
  }

  private void draw(StringBuilder svg, Arrow arrow) {
    double x = x(rows.get(arrow.from()).startNanos());
    double y = middle(arrow.from());
    double toX = x(rows.get(arrow.to()).endNanos());
    double toY = middle(arrow.to());
    line(
        svg,
        "<path d=\"M%.1f %.1f C%.1f %.1f %.1f %.1f %.1f %.1f\" fill=\"none\" stroke=\"#555\""
            + " stroke-dasharray=\"2 2\" marker-end=\"url(#tip)\"><title>%s</title></path>",
        x - 1,
        y,
        x - 45,
        y,
        toX + 45,
        toY,
        toX + 2,
        toY,
        arrow.label());
  }

  @SuppressWarnings("AnnotateFormatMethod") // it is of Error Prone, which tests do not depend on
  private static void line(StringBuilder svg, String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  /** What a picture says, without where it says it. */
  static List<String> texts(String svg) {
    return TEXT.matcher(svg).results().map(text -> text.group(1)).toList();
  }
}
