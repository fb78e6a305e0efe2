package dev.cairn.examples.pages;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;

/** What pages say of dependencies is true: artifacts exist, and versions are those of the build. */
class DependencySnippetsTest {
  private static final Pom PARENT = Pom.ofModule(".");
  private static final Pom BOM = Pom.ofModule("cairn-bom");
  private static final Pattern XML = Pattern.compile("```xml\n(.*?)\n```", Pattern.DOTALL);
  private static final Pattern COORDINATES =
      Pattern.compile("dev\\.cairn:([a-z-]+)(?::([\\w.-]+))?");
  private static final Pattern IMPORT =
      Pattern.compile("(?m)^import (dev\\.cairn(?:\\.[a-z]+)*)\\.[A-Z]");
  private static final Pattern BESIDES = Pattern.compile("needs `([a-z-]+)` beside");
  private static final Pattern INSTALLED = Pattern.compile("mvn install \\S+ -pl (\\S+) -am");
  private static final Pattern MODULE = Pattern.compile("`(cairn-[a-z-]+)`");
  private static final Pattern SNAPSHOT = Pattern.compile("\\b[\\d.]+-SNAPSHOT\\b");

  static Stream<Path> pages() throws Exception {
    return LinksTest.pages().filter(page -> !page.endsWith("CHANGELOG.md"));
  }

  private static String text(Path page) {
    return String.join("\n", PageCode.lines(page));
  }

  /** The elements of this name in the blocks of XML of a page that are parts of poms. */
  private static Stream<Element> elements(String text, String name) {
    return XML.matcher(text)
        .results()
        .map(block -> block.group(1).replaceFirst("<\\?xml.*?\\?>", ""))
        .filter(block -> block.contains("<artifactId>"))
        .map(block -> Pom.of("<blocks>" + block + "</blocks>"))
        .flatMap(block -> block.all(name));
  }

  @ParameterizedTest
  @MethodSource("pages")
  void versionsOfCairnAreThisOne(Path page) {
    assertThat(wrongOfCairn(text(page))).isEmpty();
  }

  private static List<String> wrongOfCairn(String text) {
    Stream<String> snapshots =
        SNAPSHOT
            .matcher(text)
            .results()
            .map(found -> found.group())
            .filter(version -> !version.equals(PARENT.version()));
    Stream<String> coordinates =
        COORDINATES
            .matcher(text)
            .results()
            .filter(found -> isWrong(found.group(1), found.group(2)))
            .map(found -> found.group());
    Stream<String> dependencies =
        elements(text, "dependency")
            .filter(it -> Pom.text(it, "groupId").equals("dev.cairn"))
            .filter(it -> isWrong(Pom.text(it, "artifactId"), Pom.text(it, "version")))
            .map(it -> Pom.text(it, "artifactId") + " " + Pom.text(it, "version"));
    return Stream.of(snapshots, coordinates, dependencies).flatMap(it -> it).toList();
  }

  /** The bill of materials needs a version, and its modules get theirs from it. */
  private static boolean isWrong(String artifact, String version) {
    boolean hasNone = version == null || version.isEmpty();
    return artifact.equals(BOM.artifact())
        ? !hasNone && !version.equals(PARENT.version())
        : !hasNone || !BOM.managed().containsKey(artifact);
  }

  @ParameterizedTest
  @MethodSource("pages")
  void versionsOfOthersAreThoseOfTheBuild(Path page) {
    Map<String, String> ofBuild = new HashMap<>(PARENT.managed());
    PARENT
        .all("plugin")
        .forEach(it -> ofBuild.put(Pom.text(it, "artifactId"), Pom.text(it, "version")));

    Stream.of("dependency", "plugin")
        .flatMap(name -> elements(text(page), name))
        .filter(it -> !Pom.text(it, "groupId").equals("dev.cairn"))
        .filter(it -> ofBuild.containsKey(Pom.text(it, "artifactId")))
        .filter(it -> !Pom.text(it, "version").isEmpty())
        .forEach(it ->
            assertThat(Pom.text(it, "version"))
                .as(Pom.text(it, "artifactId"))
                .isEqualTo(ofBuild.get(Pom.text(it, "artifactId"))));
  }

  /** Otherwise a program does not compile with what its page says to add. */
  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/first-job.md"})
  void modulesThatAProgramNeedsAreNamed(String page) throws Exception {
    String text = text(Path.of("..", page));
    Stream<String> compiled =
        elements(text, "dependency")
            .filter(it -> !Pom.text(it, "scope").equals("test"))
            .map(it -> Pom.text(it, "artifactId"));
    Stream<String> besides = BESIDES.matcher(text).results().map(found -> found.group(1));

    Map<String, String> owners = ownersOfPackages();
    assertThat(IMPORT.matcher(text).results().map(found -> owners.get(found.group(1))))
        .isNotEmpty()
        .isSubsetOf(Stream.concat(compiled, besides).toList());
  }

  /** The artifacts by the packages that they have. */
  private static Map<String, String> ownersOfPackages() throws IOException {
    var owners = new HashMap<String, String>();
    try (Stream<Path> modules = Files.list(Path.of(".."))) {
      for (Path module : modules.filter(it -> Files.exists(it.resolve("pom.xml"))).toList()) {
        Path sources = module.resolve("src/main/java");
        if (Files.isDirectory(sources)) {
          String artifact = Pom.ofModule(module.getFileName().toString()).artifact();
          try (Stream<Path> files = Files.walk(sources)) {
            files
                .filter(file -> file.toString().endsWith(".java"))
                .map(file -> sources.relativize(file.getParent()).toString().replace('/', '.'))
                .forEach(name -> owners.put(name, artifact));
          }
        }
      }
    }
    return owners;
  }

  @Test
  void theFirstJobInstallsWhatItNames() {
    String text = text(Path.of("../docs/first-job.md"));
    Matcher installed = INSTALLED.matcher(text);

    assertThat(installed.find()).isTrue();
    assertThat(MODULE.matcher(text).results().map(found -> found.group(1)))
        .contains("cairn-testing")
        .isSubsetOf(installed.group(1).split(","));
  }

  @Test
  void mistakesAreFound() {
    assertThat(
            wrongOfCairn(
                """
                platform("dev.cairn:cairn-bom:0.0.1"), `dev.cairn:cairn-nothing`, 0.0.2-SNAPSHOT,
                `dev.cairn:cairn`

                ```xml
                <dependency>
                  <groupId>dev.cairn</groupId>
                  <artifactId>cairn</artifactId>
                  <version>0.0.3</version>
                </dependency>
                ```
                """))
        .containsExactly(
            "0.0.2-SNAPSHOT",
            "dev.cairn:cairn-bom:0.0.1",
            "dev.cairn:cairn-nothing",
            "cairn 0.0.3");
  }
}
