package dev.cairn.source;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/** Gzip files of several members. */
final class Gzip {
  private Gzip() {}

  /** A member for each text, one after the other. */
  static byte[] members(String... texts) throws IOException {
    var file = new ByteArrayOutputStream();
    for (String text : texts) {
      file.writeBytes(member(text.getBytes(StandardCharsets.UTF_8), Deflater.BEST_SPEED));
    }
    return file.toByteArray();
  }

  /** Members of so many unpacked bytes each, and an empty one at the end. */
  static byte[] membersOf(int length, byte[] bytes) throws IOException {
    var file = new ByteArrayOutputStream();
    for (int from = 0; from < bytes.length; from += length) {
      int end = Math.min(bytes.length, from + length);
      file.writeBytes(member(Arrays.copyOfRange(bytes, from, end), Deflater.BEST_SPEED));
    }
    file.writeBytes(member(new byte[0], Deflater.BEST_SPEED));
    return file.toByteArray();
  }

  static byte[] member(byte[] bytes, int level) throws IOException {
    var member = new ByteArrayOutputStream();
    try (var out =
        new GZIPOutputStream(member) {
          {
            def.setLevel(level);
          }
        }) {
      out.write(bytes);
    }
    return member.toByteArray();
  }
}
