package dev.cairn.spi;

import dev.cairn.Workers;
import java.util.List;

/**
 * Provides workers to a program that does not know their classes, such as {@code ./cairn work}.
 * {@link java.util.ServiceLoader} finds it: a file {@code
 * META-INF/services/dev.cairn.spi.WorkerProvider} on the class path names the class, which is
 * public and has a public constructor without parameters.
 *
 * <pre>{@code
 * public final class ShopWorkers implements WorkerProvider {
 *   public void register(Workers.Builder workers) {
 *     workers.register(SendEmail.class, new Mailer());
 *   }
 * }
 * }</pre>
 *
 * <p>Both methods are called once, before the client is built, by one thread. If one of them
 * throws, the program ends.
 */
public interface WorkerProvider {
  /** Registers workers. All providers share the builder, so no two may have a kind in common. */
  void register(Workers.Builder workers);

  /**
   * Other parts that the client needs: middleware, listeners, periodic jobs, settings. The default
   * is none.
   */
  default List<Plugin> plugins() {
    return List.of();
  }
}
