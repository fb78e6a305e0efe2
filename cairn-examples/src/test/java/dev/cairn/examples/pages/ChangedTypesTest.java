package dev.cairn.examples.pages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.cairn.spi.JacksonCodec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What docs/upgrades.md says of types that have changed between two versions of the code. */
class ChangedTypesTest {
  private final JacksonCodec codec = JacksonCodec.create();

  record Earlier(long id) {}

  record Later(long id, @Nullable String note, int count) {}

  @Test
  void argumentsMayGainAndLoseFields() {
    assertThat(codec.decode(codec.encode(new Earlier(7)), Later.class))
        .isEqualTo(new Later(7, null, 0));
    assertThat(codec.decode(codec.encode(new Later(7, "gift", 2)), Earlier.class))
        .isEqualTo(new Earlier(7));
  }

  @Test
  void aCursorOrResultWithAFieldMoreOrLessDoesNotDecode() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> codec.decodeExactly("{\"id\": 7}", Later.class))
        .withMessageContaining("field 'note'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> codec.decodeExactly("{\"id\": 7, \"note\": null}", Earlier.class))
        .withMessageContaining("field 'note'");
  }
}
