package dev.cairn.internal.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.CairnException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchSizeTest {
  private final BatchSize batch = new BatchSize("test");
  private final List<Integer> sizes = new ArrayList<>();

  private void fail() {
    assertThatThrownBy(() ->
            batch.run(size -> {
              sizes.add(size);
              throw new CairnException("canceling statement due to statement timeout");
            }))
        .isInstanceOf(CairnException.class);
  }

  private boolean succeed(int rows) {
    return batch.run(size -> {
      sizes.add(size);
      return rows;
    });
  }

  @Test
  void tellsWhetherThereMayBeMore() {
    assertThat(succeed(9_999)).isFalse();
    assertThat(succeed(10_000)).isTrue();
  }

  @Test
  void shrinksAfterThreeFailuresInARow() {
    fail();
    fail();
    succeed(1);
    fail();
    fail();
    fail();
    assertThat(succeed(1_000)).isTrue();
    succeed(1);

    assertThat(sizes).containsExactly(10_000, 10_000, 10_000, 10_000, 10_000, 10_000, 1_000, 1_000);
  }
}
