package dev.cairn.benchmarks.figures;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** A text table for people: the first column is aligned left, the others right. */
public final class Table {
  private final List<String[]> rows = new ArrayList<>();

  /** Creates a table without rows. */
  public Table(String... titles) {
    rows.add(titles);
  }

  /** Adds a row of texts and numbers; numbers have three significant digits or more. */
  public Table row(Object... cells) {
    rows.add(IntStream.range(0, cells.length).mapToObj(i -> text(cells[i])).toArray(String[]::new));
    return this;
  }

  private static String text(Object cell) {
    if (cell instanceof Double number) {
      int digits = Math.abs(number) >= 100 || number == 0 ? 0 : Math.abs(number) >= 1 ? 2 : 4;
      return String.format(Locale.ROOT, "%,." + digits + "f", number);
    }
    return cell instanceof Number number
        ? String.format(Locale.ROOT, "%,d", number.longValue())
        : cell.toString();
  }

  @Override
  public String toString() {
    var text = new StringBuilder("\n");
    for (String[] row : rows) {
      for (int column = 0; column < row.length; column++) {
        int width = width(column);
        String format = column == 0 ? "%-" + width + "s" : "  %" + width + "s";
        text.append(format.formatted(row[column]));
      }
      text.append('\n');
    }
    return text.toString();
  }

  private int width(int column) {
    return rows.stream()
        .filter(row -> row.length > column)
        .mapToInt(row -> row[column].length())
        .max()
        .orElse(1);
  }
}
