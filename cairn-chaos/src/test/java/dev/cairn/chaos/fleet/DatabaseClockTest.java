package dev.cairn.chaos.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.chaos.fleet.DatabaseClock.Reading;
import dev.cairn.chaos.history.Transition;
import dev.cairn.embedded.EmbeddedDatabase;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

class DatabaseClockTest {
  private static long shifted(DatabaseClock clock, long millis) {
    return clock.shifted(new Transition(1, "running", "available", "w1", millis)).millis();
  }

  @Test
  void timesOfADatabaseThatIsAheadOrBehindAreShifted() {
    var ahead = new DatabaseClock(new Reading(1_000, 2_000, 3), new Reading(9_000, 2_000, 5));
    assertThat(shifted(ahead, 6_800)).isEqualTo(4_800);
    assertThat(ahead.error()).isEqualTo(5);

    var behind = new DatabaseClock(new Reading(10_000, -5_000, 0), new Reading(90_000, -5_000, 0));
    assertThat(shifted(behind, 40_000)).isEqualTo(45_000);
  }

  @Test
  void aClockThatIsSetOrDriftsMakesTimesUncertain() {
    var drifting = new DatabaseClock(new Reading(0, 0, 1), new Reading(10_000, 1_000, 1));

    assertThat(shifted(drifting, 0)).isZero();
    assertThat(shifted(drifting, 11_000)).isEqualTo(10_000);
    assertThat(shifted(drifting, 20_000)).isEqualTo(19_000);
    assertThat(drifting.error()).isEqualTo(1_001);
  }

  @Test
  void aDatabaseOnThisMachineHasTheSameClock() throws SQLException {
    Reading reading = Reading.of(EmbeddedDatabase.shared().newDatabase().dataSource());

    assertThat(Math.abs(reading.ahead())).isLessThanOrEqualTo(reading.error() + 1);
    assertThat(reading.millis()).isPositive();
  }
}
