package dev.cairn.internal.work;

import static dev.cairn.internal.work.Workshop.claim;
import static dev.cairn.internal.work.Workshop.job;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.internal.store.ClaimedJob;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClaimLimitTest {
  private final ClaimLimit limit = new ClaimLimit();

  private static List<ClaimedJob> jobs(int count, int characters) {
    return Collections.nCopies(count, job(claim(1), "x".repeat(characters), "{}"));
  }

  @Test
  void asksForAsMuchAsThereIsRoomFor() {
    assertThat(limit.of(1)).isEqualTo(1);
    assertThat(limit.of(4_000)).isEqualTo(4_000);
  }

  @Test
  void asksForFewerWhenTheArgumentsAreLarge() {
    limit.brought(jobs(10, 1 << 20));

    assertThat(limit.of(4_000)).isBetween(20, 32);
  }

  @Test
  void asksForOneAtLeastHoweverLargeTheyAre() {
    limit.brought(jobs(1, 40 << 20));

    assertThat(limit.of(4_000)).isEqualTo(1);
  }

  @Test
  void growsByDoublingOnceTheyAreSmallAgain() {
    limit.brought(jobs(1, 40 << 20));

    limit.brought(jobs(1, 10));
    assertThat(limit.of(4_000)).isEqualTo(2);
    limit.brought(jobs(2, 10));
    assertThat(limit.of(4_000)).isEqualTo(4);
    for (int i = 0; i < 20; i++) {
      limit.brought(jobs(4, 10));
    }
    assertThat(limit.of(4_000)).isEqualTo(4_000);
  }

  @Test
  void halvesAfterEachFailureAndGrowsAgainAfterEachSuccess() {
    limit.failed(limit.of(100));
    assertThat(limit.of(100)).isEqualTo(50);
    limit.failed(50);
    limit.failed(25);
    assertThat(limit.of(100)).isEqualTo(12);

    limit.brought(List.of());
    assertThat(limit.of(100)).isEqualTo(24);
  }

  @Test
  void cannotShrinkBelowOne() {
    limit.failed(1);

    assertThat(limit.of(100)).isEqualTo(1);
    assertThat(limit.cannotShrink(1)).isTrue();
    assertThat(limit.cannotShrink(2)).isFalse();
  }

  @Test
  void neverOverflowsHoweverOftenItGrows() {
    limit.failed(2);
    for (int i = 0; i < 100; i++) {
      limit.brought(jobs(1, 0));
    }

    assertThat(limit.of(Integer.MAX_VALUE)).isGreaterThan(1_000_000);
  }
}
