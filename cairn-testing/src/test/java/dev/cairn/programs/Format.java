package dev.cairn.programs;

import dev.cairn.programs.Items.Content;
import dev.cairn.source.FilePosition;
import dev.cairn.source.FileRecord;
import dev.cairn.source.Source;
import dev.cairn.source.Sources;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** How the records of a file are written and read. */
enum Format {
  PLAIN("file"),
  /** Packed by gzip, in two members. */
  PACKED("file.gz"),
  /** As in CSV, with a line end within the quotes of each record. */
  QUOTED("file.csv"),
  QUOTED_PACKED("file.csv.gz");

  /** How many bytes at the beginning are compared in every attempt. */
  static final int HEAD = 1_024;

  /** A gzip member of which there is only the beginning. */
  private static final byte[] CUT_MEMBER = {0x1F, (byte) 0x8B, 8, 0, 0};

  private final String file;

  Format(String file) {
    this.file = file;
  }

  /** What a file of this format is called. */
  String file() {
    return file;
  }

  boolean isPacked() {
    return this == PACKED || this == QUOTED_PACKED;
  }

  private boolean isQuoted() {
    return this == QUOTED || this == QUOTED_PACKED;
  }

  /** How many lines a record has. */
  int linesPerRecord() {
    return isQuoted() ? 2 : 1;
  }

  /** The items of a file. */
  Source<String, FilePosition> source(Path path) {
    return isQuoted()
        ? Sources.quotedRecords(path).map(FileRecord::text).map(Format::unquoted)
        : Sources.lines(path).map(String::strip);
  }

  private static String unquoted(String record) {
    return record.substring(1, record.length() - 1).strip();
  }

  /** The text of records, one behind the other. */
  String text(int width, List<String> records) {
    var text = new StringBuilder();
    for (String record : records) {
      String fill = " ".repeat(Math.max(0, width - record.length()));
      text.append(isQuoted() ? "\"%s\n%s\"\n".formatted(record, fill) : record + fill + "\n");
    }
    return text.toString();
  }

  /** All the text that is compared: of a gzip file it is what it unpacks to. */
  String text(int width, Content content) {
    String text = text(width, content.lines());
    return content.state() == Content.State.CUT && this == QUOTED ? text + "\"cut" : text;
  }

  /** Whether a file of this content is refused before its first record. */
  boolean isRefused(int width, Content content) {
    return switch (content.state()) {
      case WHOLE -> false;
      // The beginning is unpacked in any case.
      case CUT -> isPacked() && text(width, content).length() < HEAD;
      case GONE, FOLDER, NOT_PACKED -> true;
    };
  }

  /** Makes what is found under a name; nothing if it is gone. */
  void write(Path path, int width, Content content) throws IOException {
    String text = text(width, content);
    switch (content.state()) {
      case WHOLE -> Files.write(path, isPacked() ? packed(text) : bytes(text));
      case CUT -> {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(isPacked() ? packed(text) : bytes(text));
        if (isPacked()) {
          bytes.writeBytes(CUT_MEMBER);
        }
        Files.write(path, bytes.toByteArray());
      }
      case GONE -> {}
      case FOLDER -> Files.createDirectory(path);
      case NOT_PACKED -> Files.write(path, bytes(text));
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] packed(String text) {
    int half = text.length() / 2;
    var bytes = new ByteArrayOutputStream();
    for (String member : List.of(text.substring(0, half), text.substring(half))) {
      try (var packing = new GZIPOutputStream(bytes)) {
        packing.write(bytes(member));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return bytes.toByteArray();
  }
}
