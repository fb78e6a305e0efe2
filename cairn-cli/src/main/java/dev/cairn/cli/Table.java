package dev.cairn.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Rows under the names of their columns. Columns are as wide as their widest cell. If that is too
 * much for the terminal, the widest of those that may be cut give way first.
 */
public final class Table {
  private static final String GAP = "  ";

  private final List<Column> columns;
  private final List<List<String>> rows = new ArrayList<>();

  /** Without rows yet. */
  public Table(Column... columns) {
    this.columns = List.of(columns);
    rows.add(this.columns.stream().map(Column::name).toList());
  }

  /**
   * A column. Gets no further components.
   *
   * @param right whether its cells end at the same place, as numbers do
   * @param least to how many characters it may be cut
   */
  public record Column(String name, boolean right, int least) {
    /** A column of texts that are never cut. */
    public static Column text(String name) {
      return new Column(name, false, Integer.MAX_VALUE);
    }

    /**
     * A column of texts that may be cut to this many characters, or to the length of its name if
     * that is longer.
     */
    public static Column cut(String name, int least) {
      return new Column(name, false, Math.max(least, name.length()));
    }

    /** A column of numbers or times, which are never cut. */
    public static Column number(String name) {
      return new Column(name, true, Integer.MAX_VALUE);
    }
  }

  /** Adds a row with a cell for each column. */
  public Table row(String... cells) {
    if (cells.length != columns.size()) {
      throw new IllegalArgumentException(
          "a row needs %d cells, not %d".formatted(columns.size(), cells.length));
    }
    rows.add(List.of(cells));
    return this;
  }

  /** Prints all lines. */
  public void print(Output out) {
    lines(out.columns()).forEach(out::line);
  }

  /** A line for the names and one for each row, if possible none longer than this. */
  public List<String> lines(int most) {
    int[] widths = widths(most);
    return rows.stream().map(row -> line(row, widths)).toList();
  }

  private String line(List<String> row, int[] widths) {
    var line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String cell = row.get(i);
      line.append(i == 0 ? "" : GAP)
          .append(
              columns.get(i).right()
                  ? TextWidth.right(cell, widths[i])
                  : TextWidth.left(cell, widths[i]));
    }
    return line.toString().stripTrailing();
  }

  private int[] widths(int most) {
    int[] widths = new int[columns.size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], TextWidth.of(row.get(i)));
      }
    }
    long excess = Arrays.stream(widths).asLongStream().sum() + gaps() - most;
    while (excess > 0) {
      int widest = widestThatMayGiveWay(widths);
      if (widest < 0) {
        return widths;
      }
      widths[widest]--;
      excess--;
    }
    return widths;
  }

  private int gaps() {
    return GAP.length() * (columns.size() - 1);
  }

  private int widestThatMayGiveWay(int[] widths) {
    int widest = -1;
    for (int i = 0; i < widths.length; i++) {
      boolean may = widths[i] > columns.get(i).least();
      if (may && (widest < 0 || widths[i] > widths[widest])) {
        widest = i;
      }
    }
    return widest;
  }
}
