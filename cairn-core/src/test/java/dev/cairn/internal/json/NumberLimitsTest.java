package dev.cairn.internal.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Numbers at the limits of jsonb: what is said of them beforehand is what PostgreSQL does. */
class NumberLimitsTest {
  @RegisterExtension static final TestDatabase database = TestDatabase.empty();

  private static final String NOT_STORABLE = "22003";

  static Stream<String> numbers() {
    return Stream.of(
        "1e131071",
        "1e131072",
        "1e-16383",
        "1e-16384",
        "9".repeat(131_072),
        "9".repeat(131_073),
        "0." + "7".repeat(16_383),
        "0." + "7".repeat(16_384),
        // Short texts of which the digits and the exponent together are too many.
        "0." + "7".repeat(6_384) + "e-9999",
        "0." + "7".repeat(6_385) + "e-9999",
        "0." + "7".repeat(6_400) + "E-9999",
        "0." + "7".repeat(15_384) + "e-999",
        "0." + "7".repeat(15_385) + "e-999",
        "0." + "7".repeat(16_374) + "e-9",
        "0." + "7".repeat(16_375) + "e-9",
        "0." + "7".repeat(6_400) + "e-0009999",
        "7".repeat(6_400) + "e9999",
        "1e00000001",
        "-1E+00000000000000000001",
        "12e-0000000003",
        "0e0000000007",
        "1.50e2",
        "-0.0");
  }

  @ParameterizedTest
  @MethodSource("numbers")
  void whatIsRefusedIsWhatPostgresRefuses(String number) throws SQLException {
    boolean isAccepted = true;
    try {
      String ignored = StorableJson.require(() -> "the number", number);
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageContaining("CAIRN-205");
      isAccepted = false;
    }

    assertThat(isAccepted).isEqualTo(stored(number).isPresent());
  }

  @ParameterizedTest
  @MethodSource("numbers")
  void whatIsStoredIsReadAsPostgresReturnsIt(String number) throws SQLException {
    Optional<String> stored = stored("[" + number + "]");

    assertThat(StoredNumbers.in("[" + number + "]")).isEqualTo(stored.orElse("[" + number + "]"));
  }

  /** The text that the database returns; empty if it refuses the number. */
  private static Optional<String> stored(String json) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        PreparedStatement statement = connection.prepareStatement("SELECT ?::jsonb::text")) {
      statement.setString(1, json);
      try (ResultSet row = statement.executeQuery()) {
        assertThat(row.next()).isTrue();
        return Optional.of(row.getString(1));
      }
    } catch (SQLException e) {
      assertThat(e.getSQLState()).isEqualTo(NOT_STORABLE);
      return Optional.empty();
    }
  }
}
