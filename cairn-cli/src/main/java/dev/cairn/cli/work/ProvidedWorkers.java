package dev.cairn.cli.work;

import dev.cairn.CairnException;
import dev.cairn.Workers;
import dev.cairn.spi.Plugin;
import dev.cairn.spi.WorkerProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** What the providers of a class loader bring. */
record ProvidedWorkers(Workers workers, List<Plugin> plugins) {
  private static final String SERVICES = "META-INF/services/" + WorkerProvider.class.getName();

  /**
   * Asks all providers.
   *
   * @throws CairnException if there is none, one cannot be loaded or fails, or none has a worker
   */
  static ProvidedWorkers of(ClassPath classPath, ClassLoader loader) {
    List<WorkerProvider> providers =
        foreign("the providers of workers cannot be loaded", () -> providers(loader));
    if (providers.isEmpty()) {
      throw new CairnException(
          "the class path has no %s, which names a provider of workers%s [CAIRN-903]"
              .formatted(SERVICES, hint(classPath)));
    }
    Workers.Builder workers = Workers.builder();
    var plugins = new ArrayList<Plugin>();
    for (WorkerProvider provider : providers) {
      foreign(
          "%s cannot register its workers".formatted(provider.getClass().getName()),
          () -> {
            provider.register(workers);
            return plugins.addAll(provider.plugins());
          });
    }
    Workers all = workers.build();
    if (all.kinds().isEmpty()) {
      throw new CairnException("%s registered no worker [CAIRN-903]".formatted(names(providers)));
    }
    return new ProvidedWorkers(all, List.copyOf(plugins));
  }

  private static List<WorkerProvider> providers(ClassLoader loader) {
    return ServiceLoader.load(WorkerProvider.class, loader).stream()
        .map(ServiceLoader.Provider::get)
        .toList();
  }

  private static String names(List<WorkerProvider> providers) {
    return providers.stream()
        .map(provider -> provider.getClass().getName())
        .collect(Collectors.joining(", "));
  }

  private static String hint(ClassPath classPath) {
    return classPath
        .foldersOfUnusedJars()
        .findFirst()
        .map(folder -> ". For the jars in a folder, write %s/*".formatted(folder))
        .orElse("");
  }

  /** Calls code of others, which may throw anything. */
  static <T> T foreign(String what, Supplier<T> code) {
    try {
      return code.get();
    } catch (RuntimeException | Error e) {
      Throwable cause = e.getCause();
      throw new CairnException(
          "%s: %s%s [CAIRN-904]".formatted(what, e, cause == null ? "" : ", because of " + cause),
          e);
    }
  }
}
