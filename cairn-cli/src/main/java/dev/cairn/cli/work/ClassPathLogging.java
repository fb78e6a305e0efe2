package dev.cairn.cli.work;

import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * Logs through the SLF4J provider of a class path, such as Logback. SLF4J itself looks for
 * providers only beside its own classes, which are those of the command line. SLF4J creates this
 * one by its name.
 */
public final class ClassPathLogging implements SLF4JServiceProvider {
  private static final String PROVIDER = "slf4j.provider";
  private static final String VERBOSITY = "slf4j.internal.verbosity";
  private static final String LEVEL = "org.slf4j.simpleLogger.defaultLogLevel";

  /** The class of the provider that {@link #begin} has chosen. */
  private static volatile @Nullable String wanted;

  private @Nullable SLF4JServiceProvider theirs;

  /** Created by SLF4J. */
  public ClassPathLogging() {}

  /**
   * Sets up the log of a command that works jobs: through the provider of a class path, or else
   * from {@code INFO} on. Must be called before the first logger is created, on a thread with this
   * context class loader. What is set already stays. If there are several providers, the one that
   * {@code slf4j.provider} names is used, or else the first.
   *
   * @param printer is told if one of several was chosen
   */
  static ILoggerFactory begin(ClassLoader loader, Consumer<String> printer) {
    setUnlessSet(LEVEL, "info");
    List<String> providers = providers(loader).map(each -> each.type().getName()).toList();
    String named = System.getProperty(PROVIDER);
    if (!providers.isEmpty() && (named == null || providers.contains(named))) {
      wanted = named == null ? providers.getFirst() : named;
      if (named == null && providers.size() > 1) {
        printer.accept(
            "The class path has several logging libraries, %s: %s is used. Leave the others out, or choose with -D%s=..."
                .formatted(String.join(", ", providers), providers.getFirst(), PROVIDER));
      }
      // SLF4J itself would not find it.
      System.setProperty(PROVIDER, ClassPathLogging.class.getName());
      // Otherwise SLF4J prints a line about the provider.
      setUnlessSet(VERBOSITY, "WARN");
    }
    return LoggerFactory.getILoggerFactory();
  }

  private static void setUnlessSet(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  /** The providers that this loader itself has loaded. */
  private static Stream<ServiceLoader.Provider<SLF4JServiceProvider>> providers(
      ClassLoader loader) {
    return ServiceLoader.load(SLF4JServiceProvider.class, loader).stream()
        .filter(provider -> loader.equals(provider.type().getClassLoader()));
  }

  /**
   * Created by the first call, and not by the constructor: SLF4J would go on without a provider
   * that cannot be created. SLF4J makes that call within {@link #begin}.
   */
  private SLF4JServiceProvider theirs() {
    SLF4JServiceProvider provider = theirs;
    if (provider == null) {
      provider =
          providers(Thread.currentThread().getContextClassLoader())
              .filter(each -> each.type().getName().equals(wanted))
              .findFirst()
              .orElseThrow()
              .get();
      theirs = provider;
    }
    return provider;
  }

  @Override
  public void initialize() {
    theirs().initialize();
  }

  @Override
  public ILoggerFactory getLoggerFactory() {
    return theirs().getLoggerFactory();
  }

  @Override
  public IMarkerFactory getMarkerFactory() {
    return theirs().getMarkerFactory();
  }

  /** SLF4J asks for it before it calls {@link #initialize}. */
  @Override
  public MDCAdapter getMDCAdapter() {
    return theirs().getMDCAdapter();
  }

  @Override
  public String getRequestedApiVersion() {
    return theirs().getRequestedApiVersion();
  }
}
