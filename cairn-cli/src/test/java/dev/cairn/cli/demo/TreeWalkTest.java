package dev.cairn.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TreeWalkTest {
  @TempDir private Path root;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void goesOnAfterAnyEntryAsIfItHadNeverStopped(long seed) throws IOException {
    var random = new Random(seed);
    int files = plant(root, random, 4);
    List<String> all = paths(TreeWalk.of(root));

    assertThat(all).hasSize(files).doesNotHaveDuplicates();
    for (int i = 0; i < all.size(); i++) {
      assertThat(paths(TreeWalk.after(root, all.get(i))))
          .as("after %s, seed %d", all.get(i), seed)
          .isEqualTo(all.subList(i + 1, all.size()));
    }
  }

  @Test
  void goesOnAfterAFileThatIsGone() throws IOException {
    for (String name : List.of("a/1", "a/2", "a/3", "b")) {
      Files.createDirectories(root.resolve(name).getParent());
      Files.writeString(root.resolve(name), name);
    }
    Files.delete(root.resolve("a/2"));

    assertThat(paths(TreeWalk.after(root, "a/2"))).containsExactly("a/3", "b");
    assertThat(paths(TreeWalk.after(root, "a/2/below"))).containsExactly("a/3", "b");
    assertThat(paths(TreeWalk.after(root, "aa"))).containsExactly("b");
  }

  @Test
  void doesNotFollowLinks() throws IOException {
    Files.createDirectory(root.resolve("real"));
    Files.writeString(root.resolve("real/file"), "x");
    Files.createSymbolicLink(root.resolve("link"), root.resolve("real"));
    Files.createSymbolicLink(root.resolve("loop"), root);
    Files.createSymbolicLink(root.resolve("broken"), root.resolve("nowhere"));

    assertThat(paths(TreeWalk.of(root))).containsExactly("real/file");
  }

  @Test
  void aDirectoryThatCannotBeReadIsAnEntry() {
    TreeWalk walk = TreeWalk.of(root.resolve("missing"));

    assertThat(walk.next().problem()).isEqualTo("deleted meanwhile");
    assertThat(walk.hasNext()).isFalse();
  }

  @Test
  void anEmptyDirectoryHasNoEntries() {
    assertThat(TreeWalk.of(root).hasNext()).isFalse();
  }

  /** Names that sort differently as paths and as names, such as {@code a.b} beside {@code a/b}. */
  private static int plant(Path directory, Random random, int depth) throws IOException {
    int files = 0;
    for (String name : List.of("a", "a.b", "a b", "B", "b-", "\u00e9", "%20", "z")) {
      Path path = directory.resolve(name);
      switch (random.nextInt(depth > 0 ? 3 : 2)) {
        case 0 -> {
          // Nothing by this name.
        }
        case 1 -> {
          Files.writeString(path, name);
          files++;
        }
        default -> {
          Files.createDirectory(path);
          files += plant(path, random, depth - 1);
        }
      }
    }
    return files;
  }

  private static List<String> paths(Iterator<TreeWalk.Entry> walk) {
    var paths = new ArrayList<String>();
    walk.forEachRemaining(entry -> paths.add(entry.path()));
    return paths;
  }
}
