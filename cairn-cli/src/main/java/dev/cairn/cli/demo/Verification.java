package dev.cairn.cli.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Compares the inventory with the files themselves: each path, each size, and the content of a
 * sample. Walks by another way than the job does.
 *
 * @param missing paths of files that are not in the inventory
 * @param doubled paths that are in it more than once; a path that is there three times is in this
 *     list twice
 * @param wrong paths whose size or content differs
 * @param changed paths that were changed, made or deleted since the job began
 */
record Verification(
    List<String> missing, List<String> doubled, List<String> wrong, List<String> changed) {
  private static final int SAMPLE_FILES = 1_000;
  private static final long SAMPLE_BYTES = 128L << 20;

  static Verification of(Path root, List<InventoryTables.Row> inventory, Instant begun, long seed)
      throws IOException {
    var verification =
        new Verification(
            new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    verification.compare(root, inventory, begun, seed);
    return verification;
  }

  /** A path that the walk came to; its size is 0 if it cannot be read. */
  private record Seen(Path file, long size) {}

  private void compare(Path root, List<InventoryTables.Row> inventory, Instant begun, long seed)
      throws IOException {
    Map<String, Seen> files = walk(root);
    var same = new ArrayList<InventoryTables.Row>();
    var paths = new HashMap<String, Seen>(files);
    for (InventoryTables.Row row : inventory) {
      for (int i = 1; i < row.times(); i++) {
        doubled.add(row.path());
      }
      Seen seen = paths.remove(row.path());
      if (seen == null) {
        Path directory = root.resolve(row.path()).toAbsolutePath().getParent();
        judge(row.path(), directory == null ? root : directory, begun, wrong);
      } else if (row.sha256().isEmpty() == Files.isReadable(seen.file())
          || (!row.sha256().isEmpty() && row.size() != seen.size())) {
        judge(row.path(), seen.file(), begun, wrong);
      } else if (!row.sha256().isEmpty()) {
        same.add(row);
      }
    }
    paths.forEach((path, seen) -> judge(path, seen.file(), begun, missing));
    for (InventoryTables.Row row : sample(same, seed)) {
      Seen seen = files.get(row.path());
      if (seen != null && !row.sha256().equals(sha256(seen.file()))) {
        judge(row.path(), seen.file(), begun, wrong);
      }
    }
  }

  /** Files that were changed since the job began are not the job's fault. */
  private void judge(String path, Path file, Instant begun, List<String> fault) {
    (wasTouchedSince(begun, file) ? changed : fault).add(path);
  }

  private static boolean wasTouchedSince(Instant begun, Path file) {
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return !attributes.lastModifiedTime().toInstant().isBefore(begun)
          || !attributes.creationTime().toInstant().isBefore(begun);
    } catch (IOException e) {
      return true;
    }
  }

  private static Map<String, Seen> walk(Path root) throws IOException {
    var files = new HashMap<String, Seen>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()) {
              files.put(PathText.relative(root, file), new Seen(file, attributes.size()));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure) {
            files.put(PathText.relative(root, file), new Seen(file, 0));
            return FileVisitResult.CONTINUE;
          }
        });
    return files;
  }

  private static List<InventoryTables.Row> sample(List<InventoryTables.Row> rows, long seed) {
    var shuffled = new ArrayList<>(rows);
    Collections.shuffle(shuffled, new Random(seed));
    var sample = new ArrayList<InventoryTables.Row>();
    long bytes = 0;
    for (InventoryTables.Row row : shuffled) {
      bytes += row.size();
      if (sample.size() == SAMPLE_FILES || bytes > SAMPLE_BYTES) {
        break;
      }
      sample.add(row);
    }
    return sample;
  }

  private static String sha256(Path file) {
    MessageDigest digest = FileHasher.sha256();
    var buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
    } catch (IOException e) {
      return FileHasher.problem(e);
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
