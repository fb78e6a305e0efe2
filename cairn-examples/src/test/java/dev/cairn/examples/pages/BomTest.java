package dev.cairn.examples.pages;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

/**
 * The bill of materials has each module that is published. A module that is not says so itself, by
 * the property {@code maven.deploy.skip}.
 */
class BomTest {
  private static final Pom PARENT = Pom.ofModule(".");
  private static final Pom BOM = Pom.ofModule("cairn-bom");

  static List<Pom> modules() {
    return PARENT.all("module").map(module -> Pom.ofModule(module.getTextContent())).toList();
  }

  private static boolean isPublished(Pom module) {
    return module.all("maven.deploy.skip").noneMatch(skip -> skip.getTextContent().equals("true"));
  }

  @Test
  void hasEachPublishedModuleAndNoOther() {
    List<String> published =
        modules().stream()
            .filter(BomTest::isPublished)
            .map(Pom::artifact)
            .filter(artifact -> !artifact.equals(BOM.artifact()))
            .toList();

    assertThat(BOM.managed().keySet()).containsExactlyInAnyOrderElementsOf(published);
    assertThat(BOM.managed()).hasSizeGreaterThan(5);
    assertThat(BOM.managed().values()).containsOnly("${project.version}");
  }

  /** The parent has the rule, which is off without a phase. */
  @Test
  void eachPublishedModuleListsWhatItsUsersGet() {
    assertThat(
            modules().stream()
                .filter(BomTest::isPublished)
                .filter(module -> !module.artifact().equals(BOM.artifact())))
        .isNotEmpty()
        .allSatisfy(module ->
            assertThat(
                    module
                        .all("execution")
                        .filter(it -> Pom.text(it, "id").equals("dependencies-of-users"))
                        .map(it -> Pom.text(it, "phase")))
                .as(module.artifact())
                .containsExactly("validate"));
  }

  /** As a repository of released artifacts wants it; the rest is inherited from the parent. */
  @Test
  void eachPublishedModuleSaysWhatItIs() {
    List<Pom> published = modules().stream().filter(BomTest::isPublished).toList();

    assertThat(published)
        .allSatisfy(module -> {
          assertThat(Pom.text(module.project(), "name")).as(module.artifact()).isNotBlank();
          assertThat(Pom.text(module.project(), "description")).as(module.artifact()).isNotBlank();
        });
    assertThat(published.stream().map(it -> Pom.text(it.project(), "description")))
        .doesNotHaveDuplicates();
    assertThat(List.of(PARENT, BOM))
        .allSatisfy(pom ->
            assertThat(pom.all("license").map(it -> Pom.text(it, "name")))
                .containsExactly("Apache-2.0"));
  }

  /** Also of the modules without resources of their own. */
  @Test
  void theLicenceIsBesideTheClassesOfAModule() throws Exception {
    assertThat(Files.readString(Path.of("target", "classes", "META-INF", "LICENSE")))
        .isEqualTo(Files.readString(Path.of("..", "LICENSE")));
  }

  @Test
  void thePageOfModulesNamesEachArtifact() throws Exception {
    String page = Files.readString(Path.of("../docs/modules.md"));

    assertThat(BOM.managed().keySet())
        .allSatisfy(artifact -> assertThat(page).contains("`dev.cairn:%s`".formatted(artifact)));
  }

  @Test
  void eachFolderOfAModuleIsInTheBuild() throws Exception {
    try (Stream<Path> folders = Files.list(Path.of(".."))) {
      List<String> withPom =
          folders
              .filter(folder -> Files.exists(folder.resolve("pom.xml")))
              .map(folder -> folder.getFileName().toString())
              .toList();

      assertThat(PARENT.all("module").map(Element::getTextContent))
          .containsExactlyInAnyOrderElementsOf(withPom);
    }
  }

  /** Its commands are for people: what another module needs of it is in the wrong place. */
  @Test
  void nothingDependsOnTheCommandLine() {
    assertThat(modules().stream().filter(module -> dependsOn(module, "cairn-cli"))).isEmpty();
  }

  /** Besides the programs that show it, only its benchmark does. */
  @Test
  void fewModulesDependOnTheDashboard() {
    assertThat(
            modules().stream()
                .filter(module -> dependsOn(module, "cairn-dashboard"))
                .map(Pom::artifact))
        .containsExactlyInAnyOrder(
            "cairn-cli", "cairn-spring-boot", "cairn-spring-sample", "cairn-benchmarks");
  }

  private static boolean dependsOn(Pom module, String artifact) {
    return !module.artifact().equals(BOM.artifact())
        && module.all("dependency").anyMatch(it -> Pom.text(it, "artifactId").equals(artifact));
  }

  /** With a parent, its users would import the parent's versions of other libraries as well. */
  @Test
  void hasNoParentButItsVersion() {
    assertThat(BOM.all("parent")).isEmpty();
    assertThat(BOM.version()).isEqualTo(PARENT.version());
    assertThat(BOM.all("dependency").map(it -> Pom.text(it, "groupId"))).containsOnly("dev.cairn");
  }

  /** An import chooses the versions that users get, also if only tests need it. */
  @Test
  void onlyModulesThatAreMeantForSpringBootTakeItsVersions() {
    List<Pom> taking =
        modules().stream()
            .filter(it -> it.managed().containsKey("spring-boot-dependencies"))
            .toList();

    assertThat(taking)
        .isNotEmpty()
        .allSatisfy(module ->
            assertThat(module.all("jackson.version").map(Element::getTextContent))
                .as(module.artifact())
                .containsExactly("${spring.boot.jackson.version}"));
  }

  @Test
  void usesThePluginsOfTheParent() {
    Map<String, String> ofParent = new HashMap<>();
    PARENT.all("plugin").forEach(plugin -> put(ofParent, plugin));
    Map<String, String> own = new HashMap<>();
    BOM.all("plugin").forEach(plugin -> put(own, plugin));

    assertThat(own).isNotEmpty();
    assertThat(ofParent).containsAllEntriesOf(own);
  }

  private static void put(Map<String, String> versions, Element plugin) {
    versions.put(Pom.text(plugin, "artifactId"), Pom.text(plugin, "version"));
  }
}
