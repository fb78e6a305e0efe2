package dev.cairn.chaos.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.chaos.history.Strike;
import dev.cairn.chaos.history.Strike.Harm;
import java.io.IOException;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StrikesTest {
  private final Strikes strikes = new Strikes();

  @Test
  void aStrikeThatFailedOnTheWayMayHaveDoneHarmButIsNotWhole() throws Exception {
    strikes.strike("kill", "w1-1", Set.of(Harm.DEATH), () -> 1);
    assertThatThrownBy(() ->
            strikes.strike(
                "freeze",
                "w2-1",
                Set.of(Harm.PAUSE),
                () -> {
                  throw new IOException("nobody came");
                }))
        .hasMessage("nobody came");

    assertThat(strikes.all()).extracting(Strike::attack).containsExactly("kill", "freeze");
    assertThat(strikes.all()).extracting(Strike::whole).containsExactly(true, false);
    assertThat(strikes.all().getLast().does(Harm.PAUSE)).isTrue();
  }

  @Test
  void aStrikeThatHitNothingIsNotWhole() throws Exception {
    assertThat(strikes.strike("deadlock", Strike.EVERYBODY, Set.of(Harm.DATABASE), () -> 0))
        .isZero();
    assertThat(strikes.strike("deadlock", Strike.EVERYBODY, Set.of(Harm.DATABASE), () -> 3))
        .isEqualTo(3);

    assertThat(strikes.all()).extracting(Strike::whole).containsExactly(false, true);
  }

  @Test
  void aPreparationMayDoHarmButIsNoStrike() throws Exception {
    strikes.prepare("pgbouncer", Strike.EVERYBODY, Set.of(Harm.STOP), () -> {});

    assertThat(strikes.all()).extracting(Strike::whole).containsExactly(false);
    assertThat(strikes.all().getFirst().does(Harm.STOP)).isTrue();
  }
}
