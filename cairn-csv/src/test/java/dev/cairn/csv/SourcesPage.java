package dev.cairn.csv;

import dev.cairn.resumable.Steps;
import java.nio.file.Path;

/** Code of docs/sources.md. */
abstract class SourcesPage {
  abstract void load(String article, String cents);

  void loadRows(Steps steps, Path file) throws Exception {
    // docs: sources.md
    var rows = CsvSource.of(file); // dev.cairn:cairn-csv
    steps.forEach("load", rows, row -> load(row.get("article"), row.get("cents")));
    // end docs
  }
}
