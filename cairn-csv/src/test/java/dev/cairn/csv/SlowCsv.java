package dev.cairn.csv;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A slow but simple CSV reader: one regular expression for a field, over the whole file with a
 * character for each byte.
 */
final class SlowCsv {
  /** Stands for the fields of a row that must fail. */
  static final List<String> BROKEN = List.of("broken");

  private static final Pattern FIELD =
      Pattern.compile(
          """
          "(?<quoted>[^"]*+(?:""[^"]*+)*+)(?<close>"?)(?<junk>[^,\\r\\n]*)|(?<plain>[^,\\r\\n]*)\
          """);

  private static final Pattern RECORD_END = Pattern.compile("\\r\\n|\\r|\\n|\\z");

  /** The rows in their order. */
  final List<List<String>> rows = new ArrayList<>();

  boolean endsWithinQuotes;

  SlowCsv(byte[] file, int columns) {
    String text = new String(file, StandardCharsets.ISO_8859_1);
    int next = text.startsWith("\u00EF\u00BB\u00BF") ? 3 : 0;
    while (next < text.length()) {
      int start = next;
      var fields = new ArrayList<String>();
      boolean isBroken = false;
      Matcher field = FIELD.matcher(text);
      do {
        field.region(fields.isEmpty() ? start : next + 1, text.length()).lookingAt();
        next = field.end();
        if (field.group("plain") != null) {
          fields.add(field.group("plain"));
        } else if (field.group("close").isEmpty()) {
          endsWithinQuotes = true;
          return;
        } else {
          isBroken |= !field.group("junk").isEmpty();
          fields.add(field.group("quoted").replace("\"\"", "\""));
        }
      } while (next < text.length() && text.charAt(next) == ',');
      String record = text.substring(start, next);
      Matcher end = RECORD_END.matcher(text).region(next, text.length());
      end.lookingAt();
      next = end.end();
      if (!record.isEmpty()) {
        isBroken |= fields.size() != columns || !isUtf8(record);
        rows.add(isBroken ? BROKEN : fields.stream().map(SlowCsv::decode).toList());
      }
    }
  }

  private static boolean isUtf8(String record) {
    try {
      var bytes = ByteBuffer.wrap(record.getBytes(StandardCharsets.ISO_8859_1));
      StandardCharsets.UTF_8.newDecoder().decode(bytes);
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  private static String decode(String field) {
    return new String(field.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }
}
