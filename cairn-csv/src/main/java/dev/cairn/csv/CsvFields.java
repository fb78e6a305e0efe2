package dev.cairn.csv;

import java.util.ArrayList;
import java.util.List;

/**
 * Parses one record. A quote opens only at the beginning of a field and closes only at its end.
 * Within quotes, two quotes stand for one.
 */
final class CsvFields {
  private static final char QUOTE = '"';

  private final String record;
  private final char separator;
  private final List<String> fields = new ArrayList<>();
  private int next;

  private CsvFields(String record, char separator) {
    this.record = record;
    this.separator = separator;
  }

  /**
   * The fields, at least one.
   *
   * @throws IllegalArgumentException if the record is not well-formed; the message says in which
   *     field
   */
  static List<String> of(String record, char separator) {
    var parser = new CsvFields(record, separator);
    parser.parse();
    return parser.fields;
  }

  private void parse() {
    fields.add(field());
    while (next < record.length()) {
      if (record.charAt(next) != separator) {
        throw new IllegalArgumentException(
            "field %d has text after its closing quote".formatted(fields.size()));
      }
      next++;
      fields.add(field());
    }
  }

  private String field() {
    return next < record.length() && record.charAt(next) == QUOTE ? quoted() : unquoted();
  }

  private String unquoted() {
    int separated = record.indexOf(separator, next);
    int end = separated < 0 ? record.length() : separated;
    String field = record.substring(next, end);
    next = end;
    return field;
  }

  private String quoted() {
    var field = new StringBuilder();
    for (int from = next + 1; ; from = next + 1) {
      int quote = record.indexOf(QUOTE, from);
      if (quote < 0) {
        throw new IllegalArgumentException(
            "the quotes of field %d are not closed".formatted(fields.size() + 1));
      }
      field.append(record, from, quote);
      next = quote + 1;
      if (next == record.length() || record.charAt(next) != QUOTE) {
        return field.toString();
      }
      field.append(QUOTE);
    }
  }
}
