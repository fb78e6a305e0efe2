package dev.cairn.source;

import dev.cairn.source.Source.Item;
import dev.cairn.source.Source.Reader;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.OptionalLong;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/*
 * A line ends with LF, CR LF, or CR alone. A growing file may end between CR and LF. Then the record
 * ends with the CR, and if an LF follows later, it is skipped before the next record, in this attempt
 * or in the next one. So is the line end of a last line that had none yet: some programs write it
 * before the next line.
 */

/** Splits a file into records. */
final class FileRecordReader
    implements Reader<FileRecord, FilePosition>, FormerPositions<FilePosition> {
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private final FileLayout layout;
  private final FileBytes bytes;
  private final Quotes quotes;
  private byte[] record = new byte[256];
  private int length;

  /** The offset of the first byte of the last record, and of the first one behind its content. */
  private long beginning;

  private long contentEnd;
  private @Nullable Long line;
  private int previous;
  private boolean isInLine;
  private boolean isFinished;

  FileRecordReader(FileLayout layout, FilePosition start, FileBytes bytes) throws IOException {
    this.layout = layout;
    this.bytes = bytes;
    this.quotes = new Quotes(layout.separator());
    this.line = start.line();
    this.previous = bytes.previous();
    this.isInLine =
        start.offset() > 0 && previous != '\n' && previous != '\r' && !isBehindMark(bytes);
    if (start.offset() == 0) {
      bytes.skip(BYTE_ORDER_MARK);
    }
  }

  /** Whether only the mark precedes the position: then a line begins there. */
  private static boolean isBehindMark(FileBytes bytes) {
    var mark = new CRC32C();
    mark.update(BYTE_ORDER_MARK);
    return bytes.offset() == BYTE_ORDER_MARK.length
        && bytes
            .digest()
            .equals(
                BYTE_ORDER_MARK.length + ":" + HexFormat.of().toHexDigits((int) mark.getValue()));
  }

  @Override
  public @Nullable Item<FileRecord, FilePosition> next() throws IOException {
    if (isInLine) {
      skipLineEnd();
    }
    if (previous == '\r' && bytes.skip('\n')) {
      previous = '\n';
    }
    if (isFinished || bytes.atEnd()) {
      requireWhole();
      isFinished = true;
      return null;
    }
    if (isInLine) {
      throw new IllegalStateException(
          ("%s continues after byte %d in the middle of a line: that line had no line end yet "
                  + "when it was worked. Use completeLinesOnly() for a file that is still being written. "
                  + "Restart the job to read this file from its beginning [CAIRN-320]")
              .formatted(layout.file(), bytes.offset()));
    }
    var start = new FilePosition(bytes.offset(), line, null);
    beginning = start.offset();
    boolean isComplete = readRecord();
    if (!isComplete && !mayEndHere(start)) {
      isFinished = true;
      return null;
    }
    isInLine = !isComplete;
    return new Item<>(record(start), new FilePosition(bytes.offset(), line, bytes.digest()));
  }

  /** The line end of the last record, if it was written later than the record. */
  private void skipLineEnd() throws IOException {
    for (char end : new char[] {'\n', '\r'}) {
      if (bytes.skip(end)) {
        countLine(end);
        previous = end;
        isInLine = false;
        return;
      }
    }
  }

  /** Fails if the file is shorter than what was read: its end is not the real one. */
  private void requireWhole() throws IOException {
    OptionalLong size = bytes.size();
    if (size.isPresent() && size.getAsLong() < bytes.offset()) {
      throw new IllegalStateException(
          ("%s was read up to byte %d, but now has only %d: it was cut while it was read. "
                  + "Restart the job to read it from its beginning [CAIRN-320]")
              .formatted(layout.file(), bytes.offset(), size.getAsLong()));
    }
  }

  /** Returns whether the record had a line end. */
  private boolean readRecord() throws IOException {
    length = 0;
    quotes.beginRecord();
    for (int read = bytes.read(); read != FileBytes.END; read = bytes.read()) {
      boolean isLineEnd = read == '\n' || read == '\r';
      if (isLineEnd) {
        countLine(read);
      }
      previous = read;
      if (isLineEnd && !quotes.areOpen()) {
        contentEnd = bytes.offset() - 1;
        if (read == '\r' && bytes.skip('\n')) {
          previous = '\n';
        }
        return true;
      }
      quotes.pass(read);
      append(read);
    }
    contentEnd = bytes.offset();
    return false;
  }

  /** Also before its line end, or within it, as it was while the file ended there. */
  @Override
  public boolean isAt(@Nullable FilePosition saved) {
    // The offset at which an empty line begins is the position of the line before it.
    return saved != null
        && saved.offset() > beginning
        && saved.offset() >= contentEnd
        && saved.offset() <= bytes.offset();
  }

  private void countLine(int read) {
    if (line != null && !(read == '\n' && previous == '\r')) {
      line++;
    }
  }

  /** Beyond the limit, bytes are read but not kept. */
  private void append(int read) {
    if (length > layout.maxRecordBytes()) {
      return;
    }
    if (length == record.length) {
      record = Arrays.copyOf(record, (int) Math.min(length * 2L, layout.maxRecordBytes() + 1L));
    }
    record[length++] = (byte) read;
  }

  private boolean mayEndHere(FilePosition start) throws IOException {
    requireWhole();
    if (layout.completeLinesOnly() && !isCertainlyNoHalf()) {
      return false;
    }
    if (quotes.areOpen()) {
      throw new IllegalStateException(
          "%s: the file ends within double quotes that were opened in the record that begins here%s [CAIRN-321]"
              .formatted(
                  layout.where(start.offset(), start.line()),
                  layout.completeLinesOnly()
                      ? ". Close them or, if the file is still being written, retry the job when it"
                          + " is complete"
                      : ""));
    }
    return true;
  }

  /**
   * Whether a record without a line end is not one that is still being written. If a quote is not
   * closed, all lines behind it seem to belong to its record, and must not be left out silently.
   */
  private boolean isCertainlyNoHalf() {
    boolean endsWithLine = previous == '\n' || previous == '\r';
    return quotes.areOpen() && (endsWithLine || length > layout.maxRecordBytes());
  }

  private FileRecord record(FilePosition start) {
    boolean isTooLong = length > layout.maxRecordBytes();
    int kept = isTooLong ? Math.min(length - 1, FileRecord.SHOWN_BYTES) : length;
    return new FileRecord(layout, start, Arrays.copyOf(record, kept), isTooLong);
  }

  @Override
  public void close() throws IOException {
    bytes.close();
  }
}
