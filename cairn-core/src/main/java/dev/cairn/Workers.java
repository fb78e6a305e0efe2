package dev.cairn;

import dev.cairn.spi.Middleware;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The workers that a client runs, one per kind. Immutable. */
public final class Workers {
  private static final Workers NONE = new Workers(Map.of());

  private final Map<String, Registration<?>> byKind;

  private Workers(Map<String, Registration<?>> byKind) {
    this.byKind = Map.copyOf(byKind);
  }

  public static Builder builder() {
    return new Builder();
  }

  /** No workers at all: for a client that only inserts. */
  public static Workers none() {
    return NONE;
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

  /**
   * What was registered for one kind.
   *
   * @param middleware around this kind's jobs only, inside of the client's
   */
  public record Registration<A>(
      String kind, Class<A> argsType, Worker<A> worker, List<Middleware> middleware) {
    public Registration {
      middleware = List.copyOf(Objects.requireNonNull(middleware, "middleware"));
    }
  }

  /** Collects workers; every mistake is reported here, before the client starts. */
  public static final class Builder {
    private final Map<String, Registration<?>> byKind = new LinkedHashMap<>();

    private Builder() {}

    /**
     * Registers the worker of the kind that {@code argsType} names.
     *
     * @throws IllegalArgumentException if the type has no valid {@link JobKind}, or its kind
     *     already has a worker
     */
    public <A> Builder register(Class<A> argsType, Worker<A> worker) {
      return register(argsType, worker, List.of());
    }

    /**
     * Registers a worker with middleware around the attempts of its jobs, inside of the client's.
     * Insertions of the kind go through the client's middleware only.
     *
     * @throws IllegalArgumentException as {@link #register(Class, Worker)}
     */
    public <A> Builder register(Class<A> argsType, Worker<A> worker, List<Middleware> middleware) {
      Objects.requireNonNull(worker, "worker");
      String kind = Kinds.of(Objects.requireNonNull(argsType, "argsType"));
      var earlier =
          byKind.putIfAbsent(kind, new Registration<>(kind, argsType, worker, middleware));
      if (earlier != null) {
        throw new IllegalArgumentException(
            "kind '%s' has two workers: for %s and for %s"
                .formatted(kind, earlier.argsType().getName(), argsType.getName()));
      }
      return this;
    }

    public Workers build() {
      return new Workers(byKind);
    }
  }
}
