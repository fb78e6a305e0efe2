package dev.cairn.internal.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Replaces characters that the encoding of a database does not have. For example, a database in
 * LATIN1 refuses a text with a euro sign, and the error of an attempt would be lost with it. In
 * such a database, the character is stored as {@code \u20ac}, for people to read. The encoding is
 * read once, and only if a text is not ASCII. Thread-safe.
 */
final class ServerEncoding {
  private static final Sql ASK =
      Sql.of("read the encoding of the database", "SELECT current_setting('server_encoding')");

  private static final Pattern ISO = Pattern.compile("ISO_8859_(\\d)");
  private static final Pattern WINDOWS = Pattern.compile("WIN(125\\d)");

  /**
   * PostgreSQL's names that differ from Java's. LATIN5 and higher are not ISO 8859-5 and higher.
   */
  private static final Map<String, String> NAMES =
      Map.ofEntries(
          Map.entry("LATIN1", "ISO-8859-1"),
          Map.entry("LATIN2", "ISO-8859-2"),
          Map.entry("LATIN3", "ISO-8859-3"),
          Map.entry("LATIN4", "ISO-8859-4"),
          Map.entry("LATIN5", "ISO-8859-9"),
          Map.entry("LATIN7", "ISO-8859-13"),
          Map.entry("LATIN9", "ISO-8859-15"),
          Map.entry("LATIN10", "ISO-8859-16"),
          Map.entry("KOI8R", "KOI8-R"),
          Map.entry("KOI8U", "KOI8-U"),
          Map.entry("WIN866", "IBM866"),
          Map.entry("WIN874", "x-windows-874"),
          Map.entry("EUC_JP", "EUC-JP"),
          Map.entry("EUC_KR", "EUC-KR"),
          Map.entry("EUC_TW", "x-EUC-TW"),
          Map.entry("EUC_CN", "GB2312"));

  /** The charset of the database; UTF-8 if it has every character. */
  private volatile @Nullable Charset known;

  /**
   * The text with only characters that the database has.
   *
   * @param session the session for reading the encoding
   */
  String text(Session session, String text) {
    Charset charset = charset(session, text);
    return charset.equals(UTF_8) ? text : replaced(charset.newEncoder(), text, "\\");
  }

  /** A JSON text with only characters that the database has; null stays null. */
  @Nullable String json(Session session, @Nullable String json) {
    if (json == null) {
      return null;
    }
    Charset charset = charset(session, json);
    return charset.equals(UTF_8)
        ? json
        : escapesReplaced(charset.newEncoder(), replaced(charset.newEncoder(), json, "\\\\"));
  }

  private Charset charset(Session session, String text) {
    if (isAscii(text)) {
      return UTF_8;
    }
    Charset charset = known;
    if (charset == null) {
      charset = charset(session.list(ASK, Map.of(), row -> row.getString(1)).getFirst());
      known = charset;
    }
    return charset;
  }

  /** An encoding that Java does not know is treated as ASCII. */
  static Charset charset(String name) {
    if (name.equals("UTF8") || name.equals("SQL_ASCII")) {
      return UTF_8;
    }
    Matcher iso = ISO.matcher(name);
    Matcher windows = WINDOWS.matcher(name);
    String java =
        iso.matches()
            ? "ISO-8859-" + iso.group(1)
            : windows.matches() ? "windows-" + windows.group(1) : NAMES.get(name);
    return java != null && Charset.isSupported(java)
        ? Charset.forName(java)
        : StandardCharsets.US_ASCII;
  }

  /** Whether a text needs no replacement in any encoding. JSON escapes may need one. */
  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c > 127 || (c == '\\' && i + 1 < text.length() && text.charAt(i + 1) == 'u')) {
        return false;
      }
    }
    return true;
  }

  private static String replaced(CharsetEncoder encoder, String text, String backslash) {
    var replaced = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(c -> {
          String character = Character.toString(c);
          if (c <= 127 || encoder.canEncode(character)) {
            replaced.append(character);
          } else {
            character
                .chars()
                .forEach(half -> replaced.append(backslash).append("u%04x".formatted(half)));
          }
        });
    return replaced.toString();
  }

  /**
   * Turns JSON escapes of characters that the database does not have into the text of these
   * escapes.
   */
  private static String escapesReplaced(CharsetEncoder encoder, String json) {
    var replaced = new StringBuilder(json.length() + 16);
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      replaced.append(c);
      if (c == '\\' && i + 1 < json.length()) {
        boolean isEscape = json.charAt(i + 1) == 'u' && i + 5 < json.length();
        if (isEscape) {
          char escaped = (char) Integer.parseInt(json, i + 2, i + 6, 16);
          if (escaped > 127 && !encoder.canEncode(escaped)) {
            replaced.append('\\');
          }
        }
        replaced.append(json.charAt(++i));
      }
    }
    return replaced.toString();
  }
}
