package dev.cairn.internal.postgres;

import static dev.cairn.migrate.MigrationLine.CAIRN;
import static dev.cairn.migrate.MigrationLine.MAIN;

import dev.cairn.migrate.MigrationDirection;
import dev.cairn.migrate.MigrationLine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * One version of one line. Its SQL is in two resources, {@code
 * /dev/cairn/migrate/<line>/<version>_<name>.<up or down>.sql}, in which {@code {schema}} stands
 * for the quoted name of the schema.
 */
public record MigrationScript(MigrationLine line, int version, String name) {
  private static final List<MigrationScript> ALL =
      List.of(
          new MigrationScript(MAIN, 1, "create_river_migration"),
          new MigrationScript(MAIN, 2, "initial_schema"),
          new MigrationScript(MAIN, 3, "tags_not_null"),
          new MigrationScript(MAIN, 4, "pending_state_and_queues"),
          new MigrationScript(MAIN, 5, "lines_and_unique_keys"),
          new MigrationScript(MAIN, 6, "unique_states"),
          new MigrationScript(MAIN, 7, "notifications_and_defaults"),
          new MigrationScript(MAIN, 8, "job_id_autoincrement"),
          new MigrationScript(CAIRN, 1, "clients_and_checkpoints"),
          new MigrationScript(CAIRN, 2, "progress"),
          new MigrationScript(CAIRN, 3, "current_step"));

  /** All versions, in the order in which they are applied to an empty database. */
  public static List<MigrationScript> all() {
    return ALL;
  }

  /**
   * One version of a line.
   *
   * @throws IllegalArgumentException if the line has no such version
   */
  public static MigrationScript of(MigrationLine line, int version) {
    return ALL.stream()
        .filter(script -> script.line == line && script.version == version)
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "line %s has no version %d: use 1 to %d"
                    .formatted(line, version, line.newestVersion())));
  }

  public String sql(MigrationDirection direction, SchemaName schema) {
    return resource(direction).replace("{schema}", schema.quoted());
  }

  private String resource(MigrationDirection direction) {
    String path =
        String.format(
            Locale.ROOT, "/dev/cairn/migrate/%s/%03d_%s.%s.sql", line, version, name, direction);
    try (var resource = MigrationScript.class.getResourceAsStream(path)) {
      if (resource == null) {
        throw new IllegalStateException("Cairn's jar is damaged: it has no " + path);
      }
      return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("Cairn's jar is damaged: cannot read " + path, e);
    }
  }
}
