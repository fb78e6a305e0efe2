package dev.cairn.internal.client;

import dev.cairn.InsertDefaults;
import dev.cairn.InsertOptions;
import dev.cairn.JobInsert;
import dev.cairn.JsonArgs;
import dev.cairn.UniqueOptions;
import dev.cairn.UnknownKindException;
import dev.cairn.Workers;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.json.StorableJson;
import dev.cairn.internal.store.NewJob;
import dev.cairn.internal.store.UniqueKey;
import dev.cairn.spi.JsonCodec;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Converts a user's insertions into rows for the database, and refuses invalid ones. */
public final class NewJobs {
  private static final String QUEUE = "default";
  private static final int PRIORITY = 1;

  private final Workers workers;
  private final JsonCodec codec;
  private final int maxAttempts;
  private final Clock clock;
  private final ConcurrentMap<Class<?>, String> kinds = new ConcurrentHashMap<>();

  public NewJobs(Workers workers, JsonCodec codec, int maxAttempts, Clock clock) {
    this.workers = workers;
    this.codec = codec;
    this.maxAttempts = maxAttempts;
    this.clock = clock;
  }

  public List<NewJob> of(List<JobInsert> inserts) {
    return inserts.stream().map(this::of).toList();
  }

  private NewJob of(JobInsert insert) {
    Object args = insert.args();
    String kind =
        args instanceof JsonArgs json
            ? json.kind()
            : kinds.computeIfAbsent(args.getClass(), this::kindOf);
    requireWorker(kind);
    InsertOptions options = withDefaults(insert).options();
    String encoded = encoded(kind, args);
    String queue = Objects.requireNonNullElse(options.queue(), QUEUE);
    Function<Instant, UniqueKey> key = uniqueKey(options.unique(), kind, queue, args);
    boolean isKeyKnown = options.delay() == null || !isByPeriod(options.unique());
    return new NewJob(
        kind,
        encoded,
        metadata(kind, options.metadata()),
        Objects.requireNonNullElse(options.maxAttempts(), maxAttempts),
        Objects.requireNonNullElse(options.priority(), PRIORITY),
        queue,
        options.scheduledAt(),
        options.delay(),
        options.pending(),
        options.tags(),
        key != null && isKeyKnown ? key.apply(due(options)) : null,
        isKeyKnown ? null : key);
  }

  private Instant due(InsertOptions options) {
    return Objects.requireNonNullElseGet(options.scheduledAt(), clock::instant);
  }

  private static boolean isByPeriod(@Nullable UniqueOptions unique) {
    return unique != null && unique.period() != null;
  }

  private String kindOf(Class<?> argsType) {
    String kind = Workers.kindOf(argsType);
    codec.requireUnique(argsType);
    return kind;
  }

  /** The same job with the default options of its arguments. */
  public static JobInsert withDefaults(JobInsert insert) {
    return insert.args() instanceof InsertDefaults defaults
        ? insert.withOptions(insert.options().orElse(of(defaults)))
        : insert;
  }

  private static InsertOptions of(InsertDefaults defaults) {
    return Objects.requireNonNull(
        defaults.insertDefaults(),
        () ->
            "insertDefaults() of %s returned null: return InsertOptions.defaults() for no options"
                .formatted(defaults.getClass().getName()));
  }

  private void requireWorker(String kind) {
    if (!workers.kinds().isEmpty() && workers.find(kind).isEmpty()) {
      throw new UnknownKindException(
          ("kind '%s' has no worker in this client, which has workers for %s: register one, or "
                  + "insert through a client without workers [CAIRN-201]")
              .formatted(kind, workers.kinds().stream().sorted().toList()));
    }
  }

  private @Nullable Function<Instant, UniqueKey> uniqueKey(
      @Nullable UniqueOptions options, String kind, String queue, Object args) {
    return options == null || options.states().isEmpty()
        ? null
        : UniqueKey.whenDue(options, kind, queue, () -> comparable(kind, args));
  }

  private String comparable(String kind, Object args) {
    if (args instanceof JsonArgs) {
      throw new IllegalArgumentException(
          ("a job of kind '%s' that is inserted as JSON cannot be unique by its arguments, because"
                  + " their class decides which of them count: insert it with its class [CAIRN-203]")
              .formatted(kind));
    }
    try {
      return codec.encodeUnique(args);
    } catch (IllegalArgumentException | JacksonException e) {
      throw new IllegalArgumentException(
          "the arguments of kind '%s' cannot be compared: %s [CAIRN-203]"
              .formatted(kind, new ForeignFailure(e).message()),
          e);
    }
  }

  private String encoded(String kind, Object args) {
    if (args instanceof JsonArgs json) {
      return json.json();
    }
    return StorableJson.encoded(
        () -> "the arguments of kind '" + kind + "'", () -> codec.encode(args));
  }

  private static String metadata(String kind, @Nullable String metadata) {
    if (metadata == null) {
      return "{}";
    }
    String job = "a job of kind '%s'".formatted(kind);
    return UserMetadata.require(
        StorableJson.requireObject("the metadata of " + job, metadata),
        MetadataKeys::isReservedInNewJobs,
        job,
        "Leave it out, for example when you copy the metadata of another job");
  }
}
