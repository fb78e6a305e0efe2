package dev.cairn.chaos.fuzz;

import dev.cairn.csv.CsvRow;
import dev.cairn.csv.CsvSource;
import java.nio.file.Path;
import java.util.List;

/** Any file has the same rows, wherever a reader stops and another one continues. */
public final class CsvFuzz {
  private static final Path FILE = ResumedFile.fresh("fuzz.csv");
  private static final CsvSource SOURCE = CsvSource.of(FILE).withColumns("a", "b");

  private CsvFuzz() {}

  /** Called by Jazzer, by this name. */
  public static void fuzzerTestOneInput(byte[] input) throws Exception {
    ResumedFile.check(FILE, input, SOURCE, CsvFuzz::text);
  }

  private static String text(CsvRow row) {
    try {
      List<String> fields = row.fields();
      return fields.size() + " " + fields;
    } catch (IllegalArgumentException e) {
      Expect.helpful(e);
      return "refused";
    }
  }
}
