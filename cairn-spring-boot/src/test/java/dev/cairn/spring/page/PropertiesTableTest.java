package dev.cairn.spring.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The table of properties in docs/spring.md is that of the metadata which the IDE shows. After a
 * change, write it anew with {@code -Dcairn.docs.write=true}.
 */
class PropertiesTableTest {
  private static final Path PAGE = Path.of("../docs/spring.md");
  private static final Path METADATA =
      Path.of("target/classes/META-INF/spring-configuration-metadata.json");
  private static final String BEGIN = "| property | meaning | default |\n| --- | --- | --- |\n";

  @Test
  void thePageHasEveryProperty() throws IOException {
    String page = Files.readString(PAGE);
    int begin = page.indexOf(BEGIN) + BEGIN.length();
    int end = page.indexOf("\n\n", begin);
    String table = table();
    if (Boolean.getBoolean("cairn.docs.write")) {
      Files.writeString(PAGE, page.substring(0, begin) + table + page.substring(end));
      return;
    }
    assertThat(page.substring(begin, end)).isEqualTo(table);
  }

  @Test
  void everyPropertySaysWhatItMeansByTheRulesOfSpringBoot() throws IOException {
    assertThat(properties().values())
        .hasSizeGreaterThan(40)
        .allSatisfy(property -> {
          String description = property.path("description").asString("");
          assertThat(description).as(property.toString()).endsWith(".").doesNotStartWith("The ");
          if (property.path("type").asString("").equals("java.lang.Boolean")) {
            assertThat(description).startsWith("Whether ");
          }
        });
  }

  private static Map<String, JsonNode> properties() throws IOException {
    var properties = new TreeMap<String, JsonNode>();
    for (JsonNode each :
        JsonMapper.shared().readTree(Files.readString(METADATA)).path("properties")) {
      properties.put(each.path("name").asString(), each);
    }
    return properties;
  }

  private static String table() throws IOException {
    return properties().entrySet().stream()
        .map(each -> row(each.getKey(), each.getValue()))
        .collect(Collectors.joining("\n"));
  }

  private static String row(String name, JsonNode property) {
    JsonNode standard = property.path("defaultValue");
    String value =
        standard.isMissingNode() || standard.isArray() ? "" : " `" + standard.asString() + "` ";
    return "| `%s` | %s |%s|"
        .formatted(name, property.path("description").asString(""), value.isEmpty() ? " " : value);
  }
}
