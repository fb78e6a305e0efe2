package dev.cairn.internal.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.internal.work.LoneClaims.Finding;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoneClaimsTest {
  private static final int ODD = 250;
  private final RuntimeException reason = new IllegalArgumentException("on purpose");

  private final SequencedSet<Long> due = new TreeSet<>();
  private final List<Long> claimed = new ArrayList<>();
  private final List<Long> apart = new ArrayList<>();
  private final Map<Long, Integer> tries = new HashMap<>();
  private int room;

  private final LoneClaims alone =
      new LoneClaims(
          "default",
          new LoneClaims.Claims() {
            @Override
            public boolean mustPause() {
              return room == 0;
            }

            @Override
            public Finding claim(long id) {
              tries.merge(id, 1, Integer::sum);
              if (id <= ODD) {
                return Finding.ODD;
              }
              if (!due.remove(id)) {
                return Finding.UNCLEAR;
              }
              claimed.add(id);
              room--;
              return Finding.CLAIMED;
            }

            @Override
            public boolean setApart(long id, Throwable why) {
              apart.add(id);
              due.remove(id);
              return true;
            }
          });

  private boolean turn(int free) {
    room = free;
    return alone.claim(most -> due.stream().limit(most).toList(), reason);
  }

  private void insert(long from, long to) {
    LongStream.rangeClosed(from, to).forEach(due::add);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 100})
  void anOddJobIsTriedTwiceAndSetApartOnce(int workers) {
    insert(1, ODD + 10);
    for (int turns = 0; !due.isEmpty() && turns < ODD; turns++) {
      turn(workers);
    }

    assertThat(claimed)
        .containsExactlyElementsOf(LongStream.rangeClosed(ODD + 1, ODD + 10).boxed().toList());
    assertThat(apart).hasSize(ODD).doesNotHaveDuplicates();
    assertThat(tries).hasSize(ODD + 10);
    assertThat(tries.values()).allMatch(times -> times <= 2);
  }

  /** Nothing shows that the statement would work for another job. */
  @Test
  void oddJobsWithoutAnyOtherAreKept() {
    insert(1, 3);

    assertThat(turn(10)).isFalse();
    assertThat(turn(10)).isFalse();

    assertThat(apart).isEmpty();
    assertThat(tries.values()).containsOnly(1);
  }

  @Test
  void anOddJobThatIsNotDueAnyMoreIsForgotten() {
    insert(1, 2);
    assertThat(turn(10)).isFalse();
    due.remove(1L);
    insert(ODD + 1, ODD + 1);

    assertThat(turn(10)).isTrue();

    assertThat(apart).containsExactly(2L);
    assertThat(tries).containsEntry(1L, 1);
  }

  /** Whoever claims a job by its id does not ask for its queue. */
  @Test
  void anOddJobThatWasMovedToAnotherQueueIsNotClaimedAgain() {
    insert(1, 3);
    insert(ODD + 1, ODD + 2);
    assertThat(turn(1)).isTrue();
    due.remove(1L);

    assertThat(turn(10)).isTrue();

    assertThat(apart).containsExactly(2L, 3L);
    assertThat(tries).containsEntry(1L, 1);
  }
}
