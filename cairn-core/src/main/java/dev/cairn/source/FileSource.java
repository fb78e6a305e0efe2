package dev.cairn.source;

import dev.cairn.source.MappedSource.ItemMapping;
import java.lang.reflect.Type;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The records of a text file in UTF-8, in the order of the file. Immutable.
 *
 * <p>A line ends with LF, CR LF, or CR alone. A byte order mark at the beginning is skipped. A last
 * line without a line end is an item, unless {@link #completeLinesOnly()} is set. A record that is
 * too long or not in UTF-8 fails, with the file and the line in the message. A file in UTF-16, or
 * compressed by zip, is refused.
 *
 * <p>A position holds a byte offset, a line number, and a digest of the bytes before the offset:
 * all of them within the first MiB, and the last one to two MiB further on. When a job resumes,
 * Cairn reads these bytes and the first KiB of the file again. If they differ, or if the file is
 * shorter than the position, the file was cut or replaced and is refused. A change further back
 * that moves no bytes is not noticed. A file may grow, but not in the middle of a last line that
 * was already worked: that is refused too.
 *
 * <p>A file whose name ends with {@code .gz} is unpacked while it is read, with all its members.
 * Everything above applies to the unpacked bytes. Reading cannot start in the middle of a
 * compressed file. To resume, Cairn unpacks it from its beginning and drops the bytes before the
 * position, which takes seconds for each gigabyte. Each item that is processed again costs the
 * same. A file that is damaged or ends within a member fails at that place, after the records
 * before it. The unpacked size is known only after reading the file, so progress counts records,
 * without a total.
 *
 * @param <T> the items, each made of one record
 */
public final class FileSource<T> implements Source<T, FilePosition> {
  private final FileLayout layout;
  private final ItemMapping<FileRecord, T, FilePosition> mapping;
  private final Source<T, FilePosition> source;

  FileSource(FileLayout layout, ItemMapping<FileRecord, T, FilePosition> mapping) {
    this.layout = layout;
    this.mapping = mapping;
    this.source = new MappedSource<>(new FileRecords(layout), mapping);
  }

  /**
   * Limits the length of a record, so that a broken file cannot use up the memory. A longer record
   * fails, with the file and the line in the message.
   *
   * @param bytes the length without the line end, from 1 to 1 GiB; 16 MiB by default
   * @throws IllegalArgumentException if the limit is out of range
   */
  public FileSource<T> maxRecordBytes(int bytes) {
    return new FileSource<>(
        new FileLayout(layout.file(), layout.separator(), bytes, layout.completeLinesOnly()),
        mapping);
  }

  /**
   * Leaves out a last line that has no line end. Use it for a file that is still being written: its
   * last line may be incomplete. The step ends before that line.
   */
  public FileSource<T> completeLinesOnly() {
    return new FileSource<>(
        new FileLayout(layout.file(), layout.separator(), layout.maxRecordBytes(), true), mapping);
  }

  @Override
  public Type cursorType() {
    return source.cursorType();
  }

  @Override
  public boolean hasPin() {
    return source.hasPin();
  }

  @Override
  public Optional<String> pin() throws Exception {
    return source.pin();
  }

  /** In bytes; empty for a gzip file. */
  @Override
  public OptionalLong size(Optional<String> pinned) throws Exception {
    return source.size(pinned);
  }

  @Override
  public long done(FilePosition position, long items) {
    return source.done(position, items);
  }

  @Override
  public Reader<T, FilePosition> open(@Nullable FilePosition after, Optional<String> pinned)
      throws Exception {
    return source.open(after, pinned);
  }

  @Override
  public @Nullable Item<T, FilePosition> find(
      FilePosition position, @Nullable FilePosition before, Optional<String> pinned)
      throws Exception {
    return source.find(position, before, pinned);
  }
}
