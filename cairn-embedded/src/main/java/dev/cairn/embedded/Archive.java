package dev.cairn.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.XZInputStream;

/** A tar file compressed with xz: PostgreSQL's {@code bin}, {@code lib} and {@code share}. */
record Archive(URL url) {
  /** Unpacks the archive into an empty folder. */
  void unpack(Path target) throws IOException {
    try (InputStream in = url.openStream();
        TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(in))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        Path file = inside(target, entry.getName());
        if (entry.isDirectory()) {
          createFolders(target, file);
          continue;
        }
        createFolders(target, file.getParent());
        if (entry.isSymbolicLink()) {
          Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
        } else if (entry.isLink()) {
          Files.createLink(file, inside(target, entry.getLinkName()));
        } else {
          Files.copy(tar, file);
          Folders.allowExecution(file, (entry.getMode() & 0100) != 0);
        }
      }
    }
  }

  /** The SHA-256 of the whole archive. */
  String digest() throws IOException {
    try (InputStream in = url.openStream()) {
      return Sha256.of(in);
    }
  }

  private static Path inside(Path target, String name) throws IOException {
    Path file = target.resolve(name).normalize();
    if (!file.startsWith(target)) {
      throw new IOException("the archive has a path outside of its folder: " + name);
    }
    return file;
  }

  /** Creates folders with fixed permissions, because the umask could leave them open to a group. */
  private static void createFolders(Path target, @Nullable Path folder) throws IOException {
    Path each = target;
    for (Path name : target.relativize(Objects.requireNonNullElse(folder, target))) {
      each = each.resolve(name);
      if (!Files.exists(each)) {
        Folders.openToAll(Files.createDirectory(each));
      }
    }
  }
}
