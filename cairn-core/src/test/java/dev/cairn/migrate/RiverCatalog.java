package dev.cairn.migrate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What River's own migrations make, as read from a database that River migrated to version 7. */
record RiverCatalog(JsonNode json) {
  private static final String FUNCTION =
      """
      CREATE FUNCTION river_job_state_in_bitmask(bitmask bit(8), state river_job_state)
      RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
        SELECT get_bit(bitmask, array_position(
          '{scheduled,running,retryable,pending,discarded,completed,cancelled,available}'::text[],
          state::text) - 1) = 1
      $$
      """;

  static RiverCatalog read() {
    try (var resource = RiverCatalog.class.getResourceAsStream("river-catalog.json")) {
      return new RiverCatalog(JsonMapper.shared().readTree(resource));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Catalog catalog() {
    return new Catalog(
        Stream.of(
                tables().map(table -> "table %s %s".formatted(table, persistence(table))),
                columns(),
                each("indexes")
                    .map(index ->
                        "index %s %s: %s"
                            .formatted(
                                text(index, "table"),
                                text(index, "name"),
                                text(index, "definition"))),
                each("constraints")
                    .map(constraint ->
                        "constraint %s %s: %s"
                            .formatted(
                                text(constraint, "table"),
                                text(constraint, "name"),
                                text(constraint, "definition"))),
                each("triggers").map(JsonNode::toString),
                each("enums")
                    .map(type -> "enum %s %s".formatted(text(type, "type"), labels(type, " "))),
                each("functions").map(RiverCatalog::function),
                each("sequences")
                    .map(sequence ->
                        "sequence %s %s".formatted(text(sequence, "name"), text(sequence, "type"))))
            .flatMap(Function.identity())
            .sorted()
            .toList());
  }

  /** Statements that make all of it in the schema that is first in the search path. */
  List<String> statements(String schema) {
    var statements = new ArrayList<String>();
    each("enums")
        .map(type ->
            "CREATE TYPE %s AS ENUM ('%s')".formatted(text(type, "type"), labels(type, "', '")))
        .forEach(statements::add);
    statements.add(FUNCTION);
    each("sequences")
        .map(sequence ->
            "CREATE SEQUENCE %s AS %s".formatted(text(sequence, "name"), text(sequence, "type")))
        .forEach(statements::add);
    tables().map(this::createTable).forEach(statements::add);
    each("constraints")
        .map(constraint ->
            "ALTER TABLE %s ADD CONSTRAINT %s %s"
                .formatted(
                    text(constraint, "table"),
                    text(constraint, "name"),
                    text(constraint, "definition")))
        .forEach(statements::add);
    each("indexes")
        .filter(index -> !text(index, "name").contains("_pkey"))
        .map(index -> text(index, "definition").replace("public.", schema + "."))
        .forEach(statements::add);
    statements.add(
        "INSERT INTO river_migration SELECT 'main', version, '2026-01-01' "
            + "FROM generate_series(1, 7) AS version");
    return statements;
  }

  private String createTable(String table) {
    List<String> columns =
        each("columns")
            .filter(column -> text(column, "table").equals(table))
            .map(column -> text(column, "column") + ' ' + definition(column))
            .toList();
    return "CREATE %s TABLE %s (%s)"
        .formatted(
            persistence(table).equals("unlogged") ? "UNLOGGED" : "",
            table,
            String.join(", ", columns));
  }

  private Stream<String> columns() {
    Map<String, Integer> positions = new HashMap<>();
    return each("columns")
        .map(column -> {
          String table = text(column, "table");
          int position = positions.merge(table, 1, Integer::sum);
          return "column %s #%d %s %s"
              .formatted(table, position, text(column, "column"), definition(column));
        });
  }

  private static String definition(JsonNode column) {
    return text(column, "type")
        + (column.path("not_null").asBoolean() ? " not null" : "")
        + (column.path("default").isNull() ? "" : " default " + text(column, "default"));
  }

  private static String function(JsonNode function) {
    return "function %s(%s) returns %s, language %s, volatility %s"
        .formatted(
            text(function, "name"),
            text(function, "arguments"),
            text(function, "returns"),
            text(function, "language"),
            text(function, "volatility"));
  }

  private static String labels(JsonNode type, String separator) {
    return String.join(
        separator,
        StreamSupport.stream(type.path("labels").spliterator(), false)
            .map(JsonNode::asString)
            .toList());
  }

  private Stream<String> tables() {
    return json.path("persistence").propertyNames().stream();
  }

  private String persistence(String table) {
    return text(json.path("persistence"), table);
  }

  private Stream<JsonNode> each(String part) {
    return StreamSupport.stream(json.path(part).spliterator(), false);
  }

  private static String text(JsonNode node, String property) {
    return node.path(property).asString();
  }
}
