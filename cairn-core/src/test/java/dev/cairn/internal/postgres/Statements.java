package dev.cairn.internal.postgres;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** Every statement that Cairn knows, found in its classes, so that none is forgotten in a test. */
final class Statements {
  private Statements() {}

  /**
   * A statement.
   *
   * @param name class and constant; several statements of a map have one name
   */
  record Named(String name, Sql sql) {}

  /** All constants of this package that are statements, alone or in maps. */
  static List<Named> all() {
    try {
      URI place =
          Objects.requireNonNull(Sql.class.getResource(Sql.class.getSimpleName() + ".class"))
              .toURI();
      if (!place.getScheme().equals("jar")) {
        return in(Path.of(place.resolve(".")));
      }
      try (FileSystem jar = FileSystems.newFileSystem(place, Map.of())) {
        return in(jar.getPath(Sql.class.getPackageName().replace('.', '/')));
      }
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Named> in(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".class") && !name.startsWith("package-info"))
          .sorted()
          .flatMap(name -> of(name.replace(".class", "")))
          .toList();
    }
  }

  private static Stream<Named> of(String className) {
    try {
      Class<?> owner = Class.forName(Sql.class.getPackageName() + "." + className);
      var found = new ArrayList<Named>();
      for (Field field : owner.getDeclaredFields()) {
        if (Modifier.isStatic(field.getModifiers())) {
          field.setAccessible(true);
          Object value = field.get(null);
          Collection<?> values = value instanceof Map<?, ?> map ? map.values() : List.of(value);
          for (Object each : values) {
            if (each instanceof Sql sql) {
              found.add(new Named(className + "." + field.getName(), sql));
            }
          }
        }
      }
      return found.stream();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
