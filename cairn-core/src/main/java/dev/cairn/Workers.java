package dev.cairn;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.json.JsonMapper;

/** The workers that a client runs, one per kind. Immutable. */
public final class Workers {
  private static final Workers NONE = new Workers(Map.of());

  private final Map<String, Registration<?>> byKind;

  private Workers(Map<String, Registration<?>> byKind) {
    this.byKind = Map.copyOf(byKind);
  }

  /** A builder without workers. */
  public static Builder builder() {
    return new Builder();
  }

  /** No workers at all: for a client that only inserts. */
  public static Workers none() {
    return NONE;
  }

  /**
   * The kind that a type of arguments names.
   *
   * @throws IllegalArgumentException if the type has no valid {@link JobKind}
   */
  public static String kindOf(Class<?> argsType) {
    return Kinds.of(argsType);
  }

  /** The kinds that have a worker. */
  public Set<String> kinds() {
    return byKind.keySet();
  }

  /** The worker of a kind, with the type of its arguments. */
  public Optional<Registration<?>> find(String kind) {
    return Optional.ofNullable(byKind.get(kind));
  }

  Stream<Class<?>> argsTypes() {
    return byKind.values().stream().map(Registration::argsType);
  }

  /** What was registered for one kind. May get further components. */
  public record Registration<A>(String kind, Class<A> argsType, Worker<A> worker) {}

  /** Collects workers; every mistake is reported here, before the client starts. */
  public static final class Builder {
    private final Map<String, Registration<?>> byKind = new LinkedHashMap<>();

    private Builder() {}

    /**
     * Registers a worker whose class, or a superclass of it, names the type of its arguments, such
     * as {@code class Mailer implements Worker<SendEmail>}.
     *
     * @throws IllegalArgumentException if the class does not name the type, as with every lambda,
     *     method reference and proxy; also as in {@link #register(Class, Worker)}
     */
    public <A> Builder register(Worker<A> worker) {
      return register(argsType(Objects.requireNonNull(worker, "worker")), worker);
    }

    @SuppressWarnings("unchecked") // its class says so
    private static <A> Class<A> argsType(Worker<A> worker) {
      JavaType[] said =
          JsonMapper.shared().constructType(worker.getClass()).findTypeParameters(Worker.class);
      Class<?> type = said.length == 0 ? Object.class : said[0].getRawClass();
      if (type == Object.class) {
        throw new IllegalArgumentException(
            ("the class of worker %s does not name the type of its arguments, as with every "
                    + "lambda and proxy: call register(argsType, worker) [CAIRN-103]")
                .formatted(worker.getClass().getName()));
      }
      return (Class<A>) type;
    }

    /**
     * Registers the worker of the kind that {@code argsType} names.
     *
     * @throws IllegalArgumentException if the type has no valid {@link JobKind}, or its kind
     *     already has a worker
     */
    public <A> Builder register(Class<A> argsType, Worker<A> worker) {
      Objects.requireNonNull(worker, "worker");
      String kind = Kinds.of(Objects.requireNonNull(argsType, "argsType"));
      var earlier = byKind.putIfAbsent(kind, new Registration<>(kind, argsType, worker));
      if (earlier != null) {
        throw new IllegalArgumentException(
            "kind '%s' has two workers: for %s and for %s [CAIRN-101]"
                .formatted(kind, earlier.argsType().getName(), argsType.getName()));
      }
      return this;
    }

    /** The workers that were registered so far. */
    public Workers build() {
      return new Workers(byKind);
    }
  }
}
