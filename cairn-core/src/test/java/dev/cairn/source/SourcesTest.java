package dev.cairn.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
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
            "2 elements of the list are finished, but it has only 1 now: it must be the same in"
                + " every attempt");
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

  @Test
  void r16_itemsAreMappedAndKeepTheirPositions() throws Exception {
    Source<String, Long> source = Sources.range(0, 3).map(number -> "no. " + number);

    assertThat(Resuming.stoppedAtEveryItem(source)).containsExactly("no. 0", "no. 1", "no. 2");
    assertThat(source.size(Optional.empty())).hasValue(3);
  }
}
