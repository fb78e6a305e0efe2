package dev.cairn.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.source.Source.Item;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Sources without files and databases (R16, R17). */
class SourcesTest {
  @Test
  void r16_rangesAndListsGoOnBehindAnyItem() throws Exception {
    assertThat(Resuming.stoppedAtEveryItem(Sources.range(-2, 3)))
        .containsExactly(-2L, -1L, 0L, 1L, 2L);
    assertThat(Resuming.stoppedAtEveryItem(Sources.range(5, 5))).isEmpty();
    assertThat(Resuming.stoppedAtEveryItem(Sources.list(List.of("a", "b", "a"))))
        .containsExactly("a", "b", "a");
    assertThat(Sources.range(-2, 3).size(Optional.empty())).hasValue(5);
    assertThatThrownBy(() -> Sources.range(2, 1)).hasMessageContaining("cannot end at 1");
  }

  @Test
  void r16_aListThatHasShrunkBelowThePositionIsRefused() {
    assertThatThrownBy(() -> Sources.list(List.of("a")).open(2, Optional.empty()))
        .hasMessage(
            "2 elements of the list are finished, but it now has only 1: the list must be the same in"
                + " every attempt [CAIRN-320]");
  }

  @Test
  void r17_thePartsOfASourceHoldEveryItemOnce() throws Exception {
    for (int parts : new int[] {1, 2, 3, 7, 20}) {
      for (SplittableSource<?, ?> source :
          List.of(
              Sources.range(10, 23),
              Sources.range(0, 0),
              Sources.list(IntStream.range(0, 13).boxed().toList()))) {
        assertThat(ofAllParts(source, parts)).isEqualTo(Resuming.values(source));
      }
    }
    assertThat(Sources.range(Long.MAX_VALUE - 10, Long.MAX_VALUE).split(3)).hasSize(3);
  }

  @Test
  void r17_onlyThePartThatAShorterListDoesNotReachToIsRefused() throws Exception {
    List<String> parts = Sources.list(List.of("a", "b", "c", "d")).split(2);
    var shorter = Sources.list(List.of("a", "b", "c"));

    assertThat(Resuming.values(shorter.part(parts.getFirst()))).containsExactly("a", "b");
    assertThatThrownBy(() -> Resuming.values(shorter.part(parts.getLast())))
        .hasMessage(
            "the list was split when it had 4 elements or more, and now has 3: it must be the same"
                + " in every attempt [CAIRN-320]");
  }

  private static <T, C> List<T> ofAllParts(SplittableSource<T, C> source, int parts)
      throws Exception {
    var all = new ArrayList<T>();
    List<String> descriptions = source.split(parts);
    assertThat(descriptions).hasSizeLessThanOrEqualTo(parts);
    for (String description : descriptions) {
      all.addAll(Resuming.stoppedAtEveryItem(source.part(description)));
    }
    return all;
  }

  /** Three pages of a service, one of them empty. */
  private static Page<String> page(String token) {
    return switch (token) {
      case "1" -> Page.of(List.of("a", "b"), "2");
      case "2" -> Page.of(List.of(), "3");
      case "3" -> Page.last(List.of("c", "d"));
      default -> throw new IllegalArgumentException("no page " + token);
    };
  }

  @Test
  void r16_pagesGoOnWithinAPageAndAcrossEmptyOnes() throws Exception {
    List<String> asked = new ArrayList<>();
    Source<String, Page.Position> source =
        Sources.pages(token -> {
          asked.add(token == null ? "first" : token);
          return page(token == null ? "1" : token);
        });

    assertThat(Resuming.stoppedAtEveryItem(source)).containsExactly("a", "b", "c", "d");
    asked.clear();
    Resuming.read(source, new Page.Position(null, 1, false), Optional.empty());
    assertThat(asked).containsExactly("first", "2", "3");
    asked.clear();
    assertThat(Resuming.read(source, new Page.Position("3", 2, true), Optional.empty())).isEmpty();
    assertThat(asked).as("a service is not asked for what was finished").isEmpty();
  }

  @Test
  void r35_anItemOfAPageIsFoundThoughOthersHaveComeBehindIt() throws Exception {
    Source<String, Page.Position> last =
        Sources.pages(token -> new Page<>(List.of("a", "b"), null));
    Source<String, Page.Position> grown =
        Sources.pages(token -> new Page<>(List.of("a", "b", "c"), null));
    List<Item<String, Page.Position>> items = Resuming.read(last, null, Optional.empty());

    Item<String, Page.Position> found =
        grown.find(items.get(1).position(), items.get(0).position(), Optional.empty());

    assertThat(Objects.requireNonNull(found).value()).isEqualTo("b");
    assertThat(
            last.find(new Page.Position(null, 3, false), items.get(1).position(), Optional.empty()))
        .isNull();
  }

  @Test
  void r35_anItemOfAPageIsFoundWhateverNowFollowsOrPrecedesIt() throws Exception {
    Source<String, Page.Position> source =
        Sources.pages(token -> page(token == null ? "1" : token));
    List<Item<String, Page.Position>> items = Resuming.read(source, null, Optional.empty());
    Source<String, Page.Position> grown =
        Sources.pages(
            token -> token == null ? Page.of(List.of("a", "b", "new"), "2") : page(token));

    for (int i = 0; i < items.size(); i++) {
      Item<String, Page.Position> found =
          grown.find(
              items.get(i).position(),
              i == 0 ? null : items.get(i - 1).position(),
              Optional.empty());
      assertThat(found).isEqualTo(items.get(i));
    }
  }

  /** Earlier versions kept the beginning of the next page as the position of a page's last item. */
  @Test
  void r35_positionsOfPagesOfEarlierVersionsAreRead() throws Exception {
    Source<String, Page.Position> source =
        Sources.pages(token -> page(token == null ? "1" : token));
    var former = new Page.Position("2", 0, false);

    assertThat(Resuming.read(source, former, Optional.empty()))
        .extracting(Item::value)
        .containsExactly("c", "d");
    Item<String, Page.Position> found =
        source.find(former, new Page.Position(null, 1, false), Optional.empty());
    assertThat(Objects.requireNonNull(found).value()).isEqualTo("b");
    assertThat(source.find(new Page.Position("3", 0, false), null, Optional.empty())).isNull();
  }

  @Test
  void r35_pagesThatGrowDoubleNothingOfANestedSource() throws Exception {
    for (Page<String> grown :
        List.of(Page.last(List.of("a", "b", "c", "d")), Page.of(List.of("a", "b", "c"), "2"))) {
      var first = new ArrayList<>(List.of(Page.last(List.of("a", "b", "c"))));
      Source<Nested<String, Long>, Nested.Position<Page.Position, Long>> source =
          Sources.nested(
              Sources.pages(token -> token == null ? first.getFirst() : Page.last(List.of("d"))),
              Long.class,
              each -> Sources.range(1, 4));
      List<Item<Nested<String, Long>, Nested.Position<Page.Position, Long>>> before =
          Resuming.read(source, null, Optional.empty());
      Item<Nested<String, Long>, Nested.Position<Page.Position, Long>> done = before.get(7);
      assertThat(done.value()).isEqualTo(new Nested<>("c", 2L));

      first.set(0, grown);

      assertThat(Resuming.read(source, Resuming.saved(source, done.position()), Optional.empty()))
          .extracting(item -> item.value().outer() + item.value().inner())
          .containsExactly("c3", "d1", "d2", "d3");
      var found = source.find(done.position(), before.get(6).position(), Optional.empty());
      assertThat(Objects.requireNonNull(found).value()).isEqualTo(done.value());
    }
  }

  /** A job of an earlier version was interrupted within the last item of a page. */
  @Test
  void r35_positionsOfEarlierVersionsInNestedSourcesDoubleNothing() throws Exception {
    Source<Nested<String, Long>, Nested.Position<Page.Position, Long>> source =
        Sources.nested(
            Sources.pages(token -> page(token == null ? "1" : token)).map(String::toUpperCase),
            Long.class,
            each -> Sources.range(1, 4));
    var first = new Page.Position(null, 1, false);
    var former = new Page.Position("2", 0, false);
    var within = new Nested.Position<Page.Position, Long>(first, former, 2L);

    assertThat(Resuming.read(source, Resuming.saved(source, within), Optional.empty()))
        .extracting(item -> item.value().outer() + item.value().inner())
        .containsExactly("B3", "C1", "C2", "C3", "D1", "D2", "D3");
    assertThat(
            Resuming.read(
                    source,
                    new Nested.Position<Page.Position, Long>(former, null, null),
                    Optional.empty())
                .getFirst()
                .value())
        .isEqualTo(new Nested<>("C", 1L));
    var found =
        source.find(
            within, new Nested.Position<Page.Position, Long>(first, former, 1L), Optional.empty());
    assertThat(Objects.requireNonNull(found).value()).isEqualTo(new Nested<>("B", 2L));
  }

  /** The item that was in progress is the first one after the last that was finished. */
  @Test
  void r35_aFormerPositionOfAPageThatHasGrownSkipsNothing() throws Exception {
    Source<Nested<String, Long>, Nested.Position<Page.Position, Long>> source =
        Sources.nested(
            Sources.pages(
                token -> token == null ? Page.of(List.of("a", "b", "new"), "2") : page(token)),
            Long.class,
            each -> Sources.range(1, 4));
    var former = new Page.Position("2", 0, false);
    var first = new Page.Position(null, 1, false);
    var begun =
        new Nested.Position<>(
            first,
            new Page.Position(null, 2, false),
            1L,
            null,
            List.of(new Nested.Begun<>(former, 2L, null)));

    assertThat(Resuming.read(source, new Nested.Position<>(first, former, 2L), Optional.empty()))
        .extracting(item -> item.value().outer() + item.value().inner())
        .startsWith("b3", "new1", "new2", "new3", "c1");
    assertThat(Resuming.read(source, begun, Optional.empty()))
        .extracting(item -> item.value().outer() + item.value().inner())
        .startsWith("b2", "b3", "new1", "new2", "new3", "c1");
  }

  @Test
  void r35_positionsOfEarlierVersionsAreReadInNestedSourcesOfNestedSources() throws Exception {
    Source<Nested<String, Long>, Nested.Position<Page.Position, Long>> pairs =
        Sources.nested(
            Sources.pages(token -> page(token == null ? "1" : token)),
            Long.class,
            each -> Sources.range(1, 3));
    Source<
            Nested<Nested<String, Long>, Long>,
            Nested.Position<Nested.Position<Page.Position, Long>, Long>>
        source = Sources.nested(pairs, Long.class, each -> Sources.range(10, 13));
    var first = new Page.Position(null, 1, false);
    var former = new Page.Position("2", 0, false);
    var within =
        new Nested.Position<>(
            new Nested.Position<Page.Position, Long>(first, former, 1L),
            new Nested.Position<Page.Position, Long>(first, former, 2L),
            11L);

    assertThat(Resuming.read(source, Resuming.saved(source, within), Optional.empty()))
        .extracting(item ->
            item.value().outer().outer()
                + item.value().outer().inner()
                + "/"
                + item.value().inner())
        .startsWith("b2/12", "c1/10", "c1/11");
  }

  @Test
  void aNullIsRefusedWithItsPlace() {
    List<String> some = Arrays.asList("a", null, "b");

    assertThatThrownBy(() -> Sources.list(some))
        .hasMessage("element 2 of the list of a source is null");
    assertThatThrownBy(
            () -> Resuming.read(Sources.pages(token -> Page.last(some)), null, Optional.empty()))
        .hasMessage("element 2 of a page is null");
  }

  @Test
  void pagesThatLeadToThemselvesAreRefused() {
    Source<String, Page.Position> own =
        Sources.pages(token -> Page.of(List.of("a"), token == null ? "2" : token));
    assertThatThrownBy(() -> Resuming.read(own, null, Optional.empty()))
        .hasMessageContaining(
            "the page of token '2' names '2' as the token of the page after it, which is its own")
        .hasMessageContaining("[CAIRN-334]");
    assertThatThrownBy(() ->
            Resuming.read(
                Sources.pages(token -> Page.of(List.of("a"), "")), null, Optional.empty()))
        .hasMessageContaining("the first page names '' as the token")
        .hasMessageContaining("Page.last(items)");
    assertThatThrownBy(() ->
            Resuming.read(
                Sources.pages(token -> Page.of(List.of(), "2".equals(token) ? "3" : "2")),
                null,
                Optional.empty()))
        .hasMessageContaining("the pages go round in a circle")
        .hasMessageContaining("'2'");
  }

  @Test
  void aThreadThatIsInterruptedReadsNoFurtherPage() {
    var asked = new ArrayList<String>();
    Source<String, Page.Position> endless =
        Sources.pages(token -> {
          asked.add(String.valueOf(token));
          if (asked.size() == 3) {
            Thread.currentThread().interrupt();
          }
          return Page.of(List.of(), String.valueOf(asked.size()));
        });

    assertThatThrownBy(() -> Resuming.read(endless, null, Optional.empty()))
        .isInstanceOf(InterruptedException.class);
    assertThat(asked).hasSize(3);
  }

  @Test
  void r16_nestedSourcesGoOnWithinTheInnerOne() throws Exception {
    Source<Nested<String, Long>, Nested.Position<Integer, Long>> source =
        Sources.nested(
            Sources.list(List.of("a", "none", "b")),
            Long.class,
            outer -> outer.equals("none") ? Sources.range(0, 0) : Sources.range(1, 4));

    assertThat(Resuming.stoppedAtEveryItem(source))
        .extracting(nested -> nested.outer() + nested.inner())
        .containsExactly("a1", "a2", "a3", "b1", "b2", "b3");
  }

  @Test
  void r16_anOuterItemThatCameBeforeTheCurrentOneBeginsAtItsBeginning() throws Exception {
    var position = new Nested.Position<>(1L, 3L, 2L);
    Source<Nested<Long, Long>, Nested.Position<Long, Long>> source =
        Sources.nested(Sources.range(1, 4), Long.class, outer -> Sources.range(1, 4));

    List<String> rest =
        Resuming.read(source, position, Optional.empty()).stream()
            .map(item -> item.value().outer() + "." + item.value().inner())
            .toList();

    assertThat(rest).startsWith("2.1", "2.2", "2.3").endsWith("3.3");
  }

  /** Reads some items, has the outer items changed, and goes on behind what was read. */
  private static List<String> readOn(List<String> outer, int read, Runnable change)
      throws Exception {
    Source<Nested<String, Long>, Nested.Position<String, Long>> source =
        Sources.nested(new Names(outer), Long.class, each -> Sources.range(1, 4));
    var items = new ArrayList<String>();
    Nested.Position<String, Long> last = null;
    for (int i = 0; i < read; i++) {
      Item<Nested<String, Long>, Nested.Position<String, Long>> next = first(source, last);
      items.add(next.value().outer() + next.value().inner());
      last = Resuming.saved(source, next.position());
    }
    change.run();
    while (true) {
      // One item in each attempt: what is known of the others has to be in the position.
      var next = source.open(last, Optional.empty()).next();
      if (next == null) {
        return items;
      }
      items.add(next.value().outer() + next.value().inner());
      last = Resuming.saved(source, next.position());
    }
  }

  private static <T, C> Item<T, C> first(Source<T, C> source, @Nullable C after) throws Exception {
    return Objects.requireNonNull(source.open(after, Optional.empty()).next());
  }

  /** Names in their order, of which some may come and go. */
  private record Names(List<String> names) implements Source<String, String> {
    @Override
    public Type cursorType() {
      return String.class;
    }

    @Override
    public Reader<String, String> open(@Nullable String after, Optional<String> pinned) {
      var left =
          names.stream()
              .sorted()
              .filter(name -> after == null || name.compareTo(after) > 0)
              .iterator();
      return () -> {
        String name = left.hasNext() ? left.next() : null;
        return name == null ? null : new Item<>(name, name);
      };
    }
  }

  @Test
  void r35_anOuterItemThatComesBeforeTheCurrentOneDoublesNothing() throws Exception {
    var outer = new ArrayList<>(List.of("b"));
    assertThat(readOn(outer, 2, () -> outer.add("a")))
        .containsExactly("b1", "b2", "a1", "a2", "a3", "b3");

    var more = new ArrayList<>(List.of("b", "e"));
    assertThat(readOn(more, 5, () -> more.addAll(List.of("a", "c", "d", "f"))))
        .containsExactly(
            "b1", "b2", "b3", "e1", "e2", "c1", "c2", "c3", "d1", "d2", "d3", "e3", "f1", "f2",
            "f3");
  }

  @Test
  void r35_anOuterItemThatIsGoneHoldsUpNoOther() throws Exception {
    var outer = new ArrayList<>(List.of("b", "c"));
    assertThat(readOn(outer, 2, () -> outer.remove("b")))
        .containsExactly("b1", "b2", "c1", "c2", "c3");
  }

  @Test
  void r35_outerItemsThatComeOneBeforeTheOtherDoubleNothing() throws Exception {
    var outer = new ArrayList<>(List.of("z"));
    Source<Nested<String, Long>, Nested.Position<String, Long>> source =
        Sources.nested(new Names(outer), Long.class, each -> Sources.range(1, 4));
    Nested.Position<String, Long> last = null;
    var items = new ArrayList<String>();
    for (char name = 'y'; name > 'p'; name--) {
      var next = first(source, last);
      items.add(next.value().outer() + next.value().inner());
      last = Resuming.saved(source, next.position());
      outer.add(String.valueOf(name));
    }
    Resuming.read(source, last, Optional.empty())
        .forEach(item -> items.add(item.value().outer() + item.value().inner()));

    assertThat(items).hasSize(30).doesNotHaveDuplicates();
  }

  @Test
  void r35_aNestedPositionIsThatOfItsItemWhateverHasComeBefore() {
    assertThat(new Nested.Position<>("a", "c", 2L)).isEqualTo(new Nested.Position<>("b", "c", 2L));
    assertThat(new Nested.Position<>("a", "c", 2L))
        .isNotEqualTo(new Nested.Position<>("a", "c", 1L));
    assertThat(new Nested.Position<>("a", null, null))
        .isNotEqualTo(new Nested.Position<>("b", null, null));
  }

  @Test
  void r31_anItemWhoseMappingFailsIsAnItemStill() throws Exception {
    Source<Long, Long> source =
        Sources.range(0, 4)
            .map(number -> {
              if (number == 2) {
                throw new IllegalArgumentException("no two");
              }
              return number * 10;
            });

    List<Item<Long, Long>> items = Resuming.read(source.map(it -> it + 1), null, Optional.empty());

    assertThat(items).extracting(Item::position).containsExactly(0L, 1L, 2L, 3L);
    assertThat(items.get(3).value()).isEqualTo(31);
    assertThat(items.get(2).failure())
        .hasValueSatisfying(it -> assertThat(it).hasMessage("no two"));
    assertThatThrownBy(() -> items.get(2).value())
        .hasMessage("the item at 2 cannot be read: no two");
  }

  @Test
  void r31_anItemOfANestedSourceThatCannotBeReadIsAnItemStill() throws Exception {
    Source<Long, Long> odd =
        Sources.range(1, 4)
            .map(number -> {
              if (number == 2) {
                throw new IllegalArgumentException("no two");
              }
              return number;
            });
    Source<Nested<Long, Long>, Nested.Position<Long, Long>> source =
        Sources.nested(odd, Long.class, outer -> odd);

    List<String> items =
        Resuming.read(source, null, Optional.empty()).stream()
            .map(it ->
                it.failure().isPresent() ? "no" : it.value().outer() + "." + it.value().inner())
            .toList();

    assertThat(items).containsExactly("1.1", "no", "1.3", "no", "3.1", "no", "3.3");
  }

  @Test
  void r16_itemsAreMappedAndKeepTheirPositions() throws Exception {
    Source<String, Long> source = Sources.range(0, 3).map(number -> "no. " + number);

    assertThat(Resuming.stoppedAtEveryItem(source)).containsExactly("no. 0", "no. 1", "no. 2");
    assertThat(source.size(Optional.empty())).hasValue(3);
  }
}
