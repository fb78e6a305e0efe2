package dev.cairn.programs;

import dev.cairn.programs.Items.Content;
import dev.cairn.programs.Items.Lines;
import dev.cairn.programs.Items.Paged;
import dev.cairn.programs.Items.Table;
import dev.cairn.programs.Items.Within;
import dev.cairn.programs.Node.ForEach;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Faults that are planted into the code of the sources, each as one change of its text. */
enum SourceFault implements PlantedFault {
  TABLE_BEGINS_AT_THE_LAST_ROW(
      20_261_126_175L,
      Where.STOPS_IN_A_TABLE,
      "KeysetSource",
      "row(keyset) + \" > \"",
      "row(keyset) + \" >= \""),
  TABLE_CURSOR_ONE_TOO_FAR(
      20_261_126_070L,
      Where.STOPS_IN_A_TABLE,
      "KeysetSource",
      "return page.poll();",
      """
      Item<T, Position> first = page.poll();
      return first == null || page.isEmpty() || first.failure().isPresent()
          ? first
          : new Item<>(first.value(), page.peek().position());
      """),
  TABLE_ENDS_WITH_ITS_FIRST_PAGE(
      20_261_126_207L, Where.TABLE, "KeysetSource", "ended = false;", "ended = true;"),
  TABLE_FORGETS_ITS_LAST_ROW(
      20_261_127_217L,
      Where.BOUNDED,
      "KeysetSource",
      "Position upTo = pinned.map(KeysetSource::position).orElse(part.upTo());\n    try",
      "Position upTo = part.upTo();\n    try"),
  PARTS_BEGIN_ONE_TOO_LATE(
      20_261_126_116L,
      Where.PARTS,
      "KeysetSource",
      "after == null ? part.after() : after",
      "after == null && bounds == null ? null : part.upTo() == null ? part.after() : part.upTo()"),
  LAST_PART_IS_NOT_BOUNDED(
      20_261_126_116L,
      Where.BOUNDED_PARTS,
      "KeysetSource",
      "i == ends.size() - 1 && !keyset.bounded()",
      "i == ends.size() - 1"),
  PAGE_BEGINS_WITH_ITS_SECOND_ITEM(
      20_261_126_232L,
      Where.PAGES,
      "PagedSource",
      "new Page.Position(current.next(), 0, false)",
      "new Page.Position(current.next(), 1, false)"),
  PAGE_COUNTS_ONE_ITEM_LESS(
      20_261_126_531L,
      Where.STOPS_IN_PAGES,
      "PagedSource",
      "return new Item<>(item, position);",
      """
      return new Item<>(
          item,
          new Page.Position(
              position.token(), Math.max(0, position.finished() - 1), position.end()));
      """),
  CUT_GZIP_IS_TAKEN_FOR_WHOLE(
      20_261_131_332L,
      Where.CUT_GZIP,
      "GzipStream",
      "if (!packed.hasRemaining() && !fill()) {\n      requireNotCut();",
      "if (packed.remaining() < 10 && !fill()) {\n      requireNotCut();"),
  GZIP_OFFSET_OFF_BY_ONE(
      20_261_126_025L,
      Where.GZIP,
      "GzipContent",
      "offset = beginning.length;",
      "offset = beginning.length - 1;"),
  QUOTED_LINE_END_ENDS_THE_RECORD(
      20_261_126_009L,
      Where.QUOTES,
      "FileRecordReader",
      "isLineEnd && !quotes.areOpen()",
      "isLineEnd"),
  DIGEST_IS_IGNORED(
      20_261_136_491L,
      Where.CHANGED_BEHIND_ITS_HEAD,
      "FileIdentity",
      "!position.digest().equals(trail.digest())",
      "position.digest().isEmpty()");

  private final long seed;
  private final Where where;

  @SuppressWarnings("ImmutableEnumChecker") // it is
  private final Planting planting;

  /**
   * A fault of a source.
   *
   * @param source its class
   */
  SourceFault(long seed, Where where, String source, String right, String wrong) {
    this.seed = seed;
    this.where = where;
    this.planting = Planting.inCore("source." + source, right, wrong);
  }

  @Override
  public long seed() {
    return seed;
  }

  @Override
  public Planting planting() {
    return planting;
  }

  @Override
  public boolean isIn(Trial trial) {
    return where.isIn(trial);
  }

  /** The sources in which a fault may show. */
  private enum Where {
    TABLE(each -> table(each) != null),
    STOPS_IN_A_TABLE(each -> table(each) != null && stops(each)),
    BOUNDED(each -> isBounded(each) && stops(each) && !isInParts(each)),
    PARTS(each -> table(each) != null && isInParts(each)),
    BOUNDED_PARTS(each -> isBounded(each) && isInParts(each) && each.items().changes()),
    PAGES(each -> each.items() instanceof Paged),
    STOPS_IN_PAGES(each -> each.items() instanceof Paged && stops(each)),
    GZIP(each -> each.items() instanceof Lines it && it.format().isPacked()),
    CUT_GZIP(each -> each.items() instanceof Lines it && it.format().isPacked() && isCut(it)),
    QUOTES(each -> isQuoted(each)),
    CHANGED_BEHIND_ITS_HEAD(each -> isChanged(each, true));

    @SuppressWarnings("ImmutableEnumChecker") // it has no state
    private final Predicate<ForEach> has;

    Where(Predicate<ForEach> has) {
      this.has = has;
    }

    boolean isIn(Trial trial) {
      return trial.program().has(node -> node instanceof ForEach each && has.test(each));
    }

    private static @Nullable Table table(ForEach each) {
      Items items = each.items() instanceof Within within ? within.outer() : each.items();
      return items instanceof Table table ? table : null;
    }

    private static boolean isBounded(ForEach each) {
      Table table = table(each);
      return table != null && table.bounded();
    }

    private static boolean isInParts(ForEach each) {
      return each.form().isInParts();
    }

    private static boolean stops(ForEach each) {
      return !each.failing().isEmpty();
    }

    private static boolean isQuoted(ForEach each) {
      return each.items() instanceof Lines it && it.format().linesPerRecord() > 1;
    }

    /**
     * Whether it stops in its first version, and the next one has changed before or behind that.
     */
    private static boolean isChanged(ForEach each, boolean before) {
      if (!(each.items() instanceof Lines it) || it.versions() < 2) {
        return false;
      }
      List<String> lines = it.of(0);
      String text = it.format().text(it.width(), lines);
      int same =
          Arrays.mismatch(text.toCharArray(), it.format().text(it.width(), it.of(1)).toCharArray());
      return same >= 0
          && same < text.length()
          && before == same >= Format.HEAD
          && each.failing().stream()
              .mapToInt(item -> lines.indexOf(item.item()))
              .filter(index -> index > 0)
              .map(index -> it.format().text(it.width(), lines.subList(0, index)).length())
              .anyMatch(position -> before == position > same);
    }

    private static boolean isCut(Lines lines) {
      return lines.contents().stream().anyMatch(content -> content.state() == Content.State.CUT);
    }
  }
}
