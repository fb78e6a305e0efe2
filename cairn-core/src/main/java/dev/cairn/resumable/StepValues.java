package dev.cairn.resumable;

import dev.cairn.Job;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.json.StoredJson;
import dev.cairn.internal.text.ByteLimit;
import dev.cairn.spi.JsonCodec;
import java.lang.reflect.Type;
import java.util.HashMap;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Encodes and decodes the cursors and results of one job, with errors that name the step. */
final class StepValues {
  private final Job<?> job;
  private final JsonCodec codec;
  private final ResumableLimits limits;

  StepValues(Job<?> job, JsonCodec codec, ResumableLimits limits) {
    this.job = job;
    this.codec = codec;
    this.limits = limits;
  }

  /** Refuses a type whose values could not be read back. Called before the step's code runs. */
  void requireType(StepEntry entry, String what, Type type) {
    try {
      codec.requireExact(type);
    } catch (RuntimeException e) {
      throw refusal(entry, what, e);
    }
  }

  /** Encodes a position that is compared with others or shown. */
  String encodeCursor(StepEntry entry, @Nullable Object position) {
    return cursor(entry, encode(entry, "cursor", position, null));
  }

  /** Encodes a position that the next attempt reads as {@code type}. */
  String encodeCursor(StepEntry entry, @Nullable Object position, Type type) {
    return cursor(entry, encode(entry, "cursor", position, type));
  }

  private String cursor(StepEntry entry, String json) {
    return ByteLimit.ofValue(() -> "the cursor of " + of(entry), json, limits.cursorBytes());
  }

  /**
   * The exception of a source, with the step and the job, which the source does not know. An
   * exception of a subclass is returned unchanged.
   */
  IllegalStateException refusedBySource(StepEntry entry, IllegalStateException refusal) {
    return refusal.getClass() == IllegalStateException.class
        ? new IllegalStateException(
            "%s cannot read its source: %s".formatted(of(entry), refusal.getMessage()), refusal)
        : refusal;
  }

  void requirePosition(StepEntry entry, @Nullable Object position) {
    if (position == null) {
      throw new IllegalArgumentException(
          "the cursor of %s cannot move to null: it stays where it is [CAIRN-309]"
              .formatted(of(entry)));
    }
  }

  /**
   * Encodes a position to move a cursor to. It must not be null: null means "nowhere", and would
   * overwrite the cursor (R14).
   */
  String encodePosition(StepEntry entry, @Nullable Object position, Type type) {
    requirePosition(entry, position);
    String json;
    try {
      json = encodeCursor(entry, position, type);
    } catch (IllegalArgumentException e) {
      requireNotNull(entry, position, encodeCursor(entry, position));
      throw e;
    }
    requireNotNull(entry, position, json);
    return json;
  }

  private void requireNotNull(StepEntry entry, @Nullable Object position, String json) {
    if (json.strip().equals("null")) {
      throw new IllegalArgumentException(
          "the cursor of %s cannot move to %s, which the codec encodes as null: it stays where it is [CAIRN-309]"
              .formatted(of(entry), position));
    }
  }

  /** Encodes a result that later attempts read as {@code type}. */
  String encodeResult(StepEntry entry, @Nullable Object result, Type type) {
    return ByteLimit.ofValue(
        () -> "the result of " + of(entry),
        encode(entry, "result", result, type),
        limits.resultBytes());
  }

  /**
   * The result as later attempts will read it, so that this attempt uses the same value (R39). It
   * is the result itself, unless its order would change.
   *
   * @param json its encoded form
   */
  @SuppressWarnings({"unchecked", "NullAway"}) // type is that of T, and null was encoded as null
  <T extends @Nullable Object> T asRemembered(StepEntry entry, T result, String json, Type type) {
    try {
      String stored = StoredJson.asStored(json);
      if (stored.equals(json)) {
        return result;
      }
      Object back = codec.decodeExactly(stored, type);
      // The order of an object's names has no meaning, but that of a map's keys does.
      return codec.encodeExactly(back, type).equals(json) ? result : (T) back;
    } catch (RuntimeException e) {
      throw refusal(entry, "result", e);
    }
  }

  private String encode(StepEntry entry, String what, @Nullable Object value, @Nullable Type type) {
    try {
      return type == null ? codec.encodeExactly(value) : codec.encodeExactly(value, type);
    } catch (RuntimeException e) {
      throw refusal(entry, what, e);
    }
  }

  private IllegalArgumentException refusal(StepEntry entry, String what, RuntimeException e) {
    return new IllegalArgumentException(
        "the %s of %s cannot be encoded: %s [CAIRN-203]"
            .formatted(what, of(entry), new ForeignFailure(e).message()),
        e);
  }

  @SuppressWarnings({"unchecked", "NullAway", "TypeParameterUnusedInFormals"}) // type is that of C
  <C> C cursor(StepEntry entry, String json, Type type) {
    return (C) decode(entry, "cursor", json, type, codec::decodeExactly);
  }

  /** Decodes a cursor that a River client has saved, which may omit empty values. */
  @SuppressWarnings({"unchecked", "NullAway", "TypeParameterUnusedInFormals"}) // type is that of C
  <C> C riverCursor(StepEntry entry, String json, Type type) {
    return (C) decode(entry, "cursor", json, type, codec::decodeForeign);
  }

  @SuppressWarnings({
    "unchecked", // type is that of T
    "NullAway", // null was encoded as null
    "TypeParameterUnusedInFormals"
  })
  <T extends @Nullable Object> T result(StepEntry entry, Type type) {
    String json = entry.saved() == null ? null : entry.saved().value();
    if (json == null) {
      throw new CheckpointMismatchException(
          "%s was finished without a result, but the code now expects a result of type %s [CAIRN-303]"
              .formatted(of(entry), type.getTypeName()));
    }
    return (T) decode(entry, "result", json, type, codec::decodeExactly);
  }

  /** The result of a step; empty if there is none. */
  @SuppressWarnings("TypeParameterUnusedInFormals") // type is that of T
  <T> Optional<T> payload(StepEntry entry, Type type) {
    String json = entry.saved() == null ? null : entry.saved().value();
    return json == null || json.equals("null")
        ? Optional.empty()
        : Optional.of(this.<T>result(entry, type));
  }

  private @Nullable Object decode(
      StepEntry entry,
      String what,
      String json,
      Type type,
      BiFunction<String, Type, @Nullable Object> decoder) {
    try {
      return decoder.apply(json, type);
    } catch (IllegalArgumentException e) {
      throw new CheckpointMismatchException(
          "the saved %s of %s no longer fits %s: %s [CAIRN-303]"
              .formatted(what, of(entry), type.getTypeName(), new ForeignFailure(e).message()),
          e);
    }
  }

  /** The failure of a source that cannot read its saved description of a part. */
  CheckpointMismatchException partNoLongerFits(
      StepEntry entry, String description, RuntimeException failure) {
    return new CheckpointMismatchException(
        ("the parts of %s were saved by another kind of source: this one cannot read '%s' (%s). "
                + "Restore the source, or give the step a new name [CAIRN-303]")
            .formatted(of(entry), description, new ForeignFailure(failure).message()),
        failure);
  }

  /** The steps that a River client has saved in the job's metadata. */
  RiverState riverState() {
    JsonNode metadata = StoredJson.read(job.metadata());
    var cursors = new HashMap<String, String>();
    metadata
        .path(MetadataKeys.RESUMABLE_CURSOR)
        .forEachEntry((step, cursor) -> {
          if (!SavedSteps.isOwn(step)) {
            cursors.put(step, StoredJson.text(cursor));
          }
        });
    return new RiverState(metadata.path(MetadataKeys.RESUMABLE_STEP).asString(null), cursors);
  }

  /** Decodes the name of a step that was saved as JSON; null if the JSON is not a text. */
  @Nullable String riverStep(String json) {
    return StoredJson.read(json).asString(null);
  }

  /** The job, for messages. */
  String job() {
    return "job %d (%s)".formatted(job.id(), job.kind());
  }

  private String of(StepEntry entry) {
    return "step '%s' of %s".formatted(entry.path(), job());
  }
}
