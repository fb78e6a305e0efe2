package dev.cairn.internal.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.CairnException;
import dev.cairn.StoreUnavailableException;
import dev.cairn.TestLogs;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.RejectedDataException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BatchSizeTest {
  private final BatchSize batch = new BatchSize("test");
  private final List<Integer> sizes = new ArrayList<>();

  private void fail() {
    failWith(
        new ContendedException(
            "canceling statement due to statement timeout", new SQLException("", "57014")));
  }

  private void failWith(CairnException failure) {
    assertThatThrownBy(() ->
            batch.run(size -> {
              sizes.add(size);
              throw failure;
            }))
        .isSameAs(failure);
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

  /** A server that is silent for too long, as behind a network timeout of the pool. */
  @Test
  void alsoShrinksAfterThreeSilences() {
    for (int i = 0; i < 3; i++) {
      failWith(
          new StoreUnavailableException(
              "read timed out", new SQLException("", "08006", new SocketTimeoutException())));
    }
    succeed(1);

    assertThat(sizes.getLast()).isEqualTo(1_000);
  }

  static Stream<CairnException> failuresOfAnyBatch() {
    return Stream.of(
        new StoreUnavailableException("the server restarts", new SQLException("", "57P01")),
        new StoreUnavailableException(
            "refused", new SQLException("", "08001", new ConnectException())),
        new StoreUnavailableException(
            "does not answer", new SQLException("", "08001", new SocketTimeoutException())),
        new ContendedException("locked", new SQLException("", "55P03"), true),
        new RejectedDataException("refused by a constraint", new SQLException("", "23514")),
        new CairnException("refused by a trigger"));
  }

  /** Seen before: an outage of a second made batches small for the rest of the term. */
  @ParameterizedTest
  @MethodSource("failuresOfAnyBatch")
  void staysAsItIsIfFewerRowsWouldHaveFailedToo(CairnException failure) {
    TestLogs.forget();
    for (int i = 0; i < 4; i++) {
      failWith(failure);
    }
    succeed(1);

    assertThat(sizes).containsOnly(10_000);
    assertThat(TestLogs.warnings("took too long")).isEmpty();
  }
}
