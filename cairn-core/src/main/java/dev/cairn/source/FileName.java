package dev.cairn.source;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;

/*
 * On Linux a file name is a sequence of bytes. Java decodes it by the locale and replaces what does
 * not fit with U+FFFD, so different names may become the same text. In a process without a locale
 * that happens to every letter that is not ASCII. Only the path's URI shows the bytes.
 */

/** A file name as text that is unique within its folder. */
final class FileName {
  private static final char UNKNOWN = '\uFFFD';

  private FileName() {}

  /**
   * The name. If it is not valid UTF-8: U+FFFD, then the name as in a URI. The result is the same
   * under every locale that is UTF-8 or ASCII.
   */
  static String of(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.indexOf(UNKNOWN) < 0 ? name : ofBytes(file);
  }

  private static String ofBytes(Path file) {
    String path = file.toUri().getRawPath();
    int end = path.endsWith("/") ? path.length() - 1 : path.length();
    String escaped = path.substring(path.lastIndexOf('/', end - 1) + 1, end);
    try {
      String name =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes(escaped))).toString();
      return name.indexOf(UNKNOWN) < 0 ? name : UNKNOWN + escaped;
    } catch (CharacterCodingException e) {
      return UNKNOWN + escaped;
    }
  }

  private static byte[] bytes(String escaped) {
    var bytes = new ByteArrayOutputStream();
    for (int i = 0; i < escaped.length(); i++) {
      if (escaped.charAt(i) == '%') {
        bytes.write(HexFormat.fromHexDigits(escaped, i + 1, i + 3));
        i += 2;
      } else {
        bytes.write(escaped.charAt(i));
      }
    }
    return bytes.toByteArray();
  }
}
