package dev.cairn.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DurationTextTest {
  @ParameterizedTest
  @CsvSource({
    "PT0S, 0 ms",
    "PT0.000000001S, 0 ms",
    "PT0.0002S, 0.2 ms",
    "PT0.017381845S, 17.4 ms",
    "PT0.2S, 200 ms",
    "PT0.9999S, 1000 ms",
    "PT1S, 1 s",
    "PT1.25S, 1.3 s",
    "PT17.381845717S, 17.4 s",
    "PT59.999S, 60 s",
    "PT1M, 1 min",
    "PT1M30.5S, 1 min 30 s",
    "PT59M59.9S, 59 min 59 s",
    "PT10M, 10 min",
    "PT1H, 1 h",
    "PT2H5M, 2 h 5 min",
    "PT24H, 1 d",
    "PT76H, 3 d 4 h",
    "PT876000H, 36500 d",
    "PT-17.381845717S, -17.4 s",
  })
  void isShortAndHasAUnit(Duration duration, String text) {
    assertThat(DurationText.of(duration)).isEqualTo(text);
  }

  @Test
  @ResourceLock(Resources.LOCALE)
  void isTheSameInEveryLocale() {
    Locale before = Locale.getDefault();
    try {
      for (String tag : new String[] {"ar-EG", "de", "fa-IR"}) {
        Locale.setDefault(Locale.forLanguageTag(tag));
        assertThat(DurationText.of(Duration.ofMillis(1_500))).isEqualTo("1.5 s");
        assertThat(DurationText.of(Duration.ofMinutes(125))).isEqualTo("2 h 5 min");
      }
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void thereIsATextForEveryDuration() {
    assertThat(DurationText.of(ChronoUnit.FOREVER.getDuration())).endsWith(" h");
    assertThat(DurationText.of(Duration.ofSeconds(Long.MIN_VALUE))).startsWith("PT-");
  }
}
