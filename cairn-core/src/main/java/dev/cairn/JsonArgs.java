package dev.cairn;

import dev.cairn.internal.json.StorableJson;
import org.jspecify.annotations.Nullable;

/**
 * Arguments as JSON, for programs that insert jobs whose class they do not have: tools, other
 * teams' jobs, jobs of other languages. Immutable.
 *
 * <pre>{@code
 * cairn.insert(JsonArgs.of("send_email", "{\"to\": \"ada@example.org\"}"));
 * }</pre>
 *
 * <p>The arguments are not checked against the class that the worker expects. If they do not fit,
 * the first attempt fails. Options that the class defines for its insertions, such as {@link
 * InsertDefaults}, are not applied. Such a job cannot be unique by its arguments, because the class
 * decides which of them count.
 */
public final class JsonArgs {
  private final String kind;
  private final String json;

  private JsonArgs(String kind, String json) {
    this.kind = kind;
    this.json = json;
  }

  /**
   * The arguments of a job.
   *
   * @param kind the kind of the job, as in {@link JobKind}
   * @param json a JSON object
   * @throws IllegalArgumentException if the kind is malformed, or {@code json} is not a JSON object
   *     that PostgreSQL can store
   */
  public static JsonArgs of(String kind, String json) {
    return new JsonArgs(
        Kinds.require(kind),
        StorableJson.requireObject("the arguments of kind '%s'".formatted(kind), json));
  }

  /** The kind of the job. */
  public String kind() {
    return kind;
  }

  /** The arguments, a JSON object. */
  public String json() {
    return json;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof JsonArgs that && kind.equals(that.kind) && json.equals(that.json);
  }

  @Override
  public int hashCode() {
    return 31 * kind.hashCode() + json.hashCode();
  }

  @Override
  public String toString() {
    return "JsonArgs[kind=%s, json=%s]".formatted(kind, json);
  }
}
