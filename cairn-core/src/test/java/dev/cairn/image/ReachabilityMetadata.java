package dev.cairn.image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What Cairn's jar tells the builder of a native image. */
record ReachabilityMetadata(Set<String> boundTypes, Set<String> globs) {
  private static final String FILE =
      "/META-INF/native-image/dev.cairn/cairn/reachability-metadata.json";

  static ReachabilityMetadata read() {
    try (var file = Objects.requireNonNull(ReachabilityMetadata.class.getResourceAsStream(FILE))) {
      return of(JsonMapper.shared().readTree(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ReachabilityMetadata of(JsonNode file) {
    var types = new HashSet<String>();
    for (JsonNode type : file.path("reflection")) {
      if (type.path("allDeclaredConstructors").asBoolean(false)
          && type.path("allDeclaredMethods").asBoolean(false)
          && type.path("allDeclaredFields").asBoolean(false)) {
        types.add(type.path("type").asString());
      }
    }
    var globs = new HashSet<String>();
    file.path("resources").forEach(each -> globs.add(each.path("glob").asString()));
    return new ReachabilityMetadata(types, globs);
  }

  boolean binds(Class<?> type) {
    return boundTypes.contains(type.getName());
  }

  boolean hasResource(String name) {
    return globs.stream()
        .anyMatch(
            glob -> FileSystems.getDefault().getPathMatcher("glob:" + glob).matches(Path.of(name)));
  }
}
