package dev.cairn.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FiguresTest {
  @Test
  void numbersAreAsPeopleReadThem() {
    assertThat(Figures.bytes(999)).isEqualTo("999 B");
    assertThat(Figures.bytes(1_234)).isEqualTo("1.2 kB");
    assertThat(Figures.bytes(999_999)).isEqualTo("1.0 MB");
    assertThat(Figures.bytes(664_123_456)).isEqualTo("664 MB");
    assertThat(Figures.bytes(Long.MAX_VALUE)).isEqualTo("9.2 EB");
    assertThat(Figures.files(1)).isEqualTo("1 file");
    assertThat(Figures.files(46_232)).isEqualTo("46,232 files");
    assertThat(Figures.clock(Duration.ofSeconds(3_671))).isEqualTo("61:11");
  }
}
