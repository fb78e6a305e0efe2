package dev.cairn.internal.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoints.Saved;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LoadedStateTest {
  private final LoadedState state =
      new LoadedState(new Saved(checkpoints("a", "b", "c"), true, true));

  private static List<Checkpoint> checkpoints(String... names) {
    return Stream.of(names).map(name -> new Checkpoint(name, null, true, null)).toList();
  }

  private List<String> names() {
    return state.saved().checkpoints().stream().map(Checkpoint::name).toList();
  }

  @Test
  void renamedCheckpointsHaveTheirNewNames() {
    state.renamed(Set.of("b"), checkpoints("d"));
    state.renamed(Set.of("a"), checkpoints("b"));
    assertThat(names()).containsExactlyInAnyOrder("b", "c", "d");

    state.renamed(Set.of("d"), checkpoints("e"));

    assertThat(names()).containsExactlyInAnyOrder("b", "c", "e");
    assertThat(state.saved().metadataIsNewer()).isTrue();
  }

  @Test
  void aNewStateHasNoRenamedCheckpoints() {
    state.renamed(Set.of("b"), checkpoints("d"));

    state.replaced(checkpoints("b"));

    assertThat(names()).containsExactly("b");
    assertThat(state.saved().metadataIsNewer()).isFalse();
    assertThat(state.saved().hasItemsAside()).isTrue();
  }
}
