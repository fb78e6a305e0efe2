package dev.cairn.examples.pages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles the module of docs/modules.md, and runs it on the module path. */
class ModulesPageTest {
  private static final Path SOURCES = Path.of("src/test/modules/shop");
  private static final Pattern NEEDED =
      Pattern.compile(".*(cairn-core/target|/cairn-\\d|jackson|slf4j-api|postgresql-|jspecify).*");

  @TempDir private Path folder = Path.of("");

  private static List<Path> modulePath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> NEEDED.matcher(entry).matches())
        .map(Path::of)
        .toList();
  }

  private Object run(String descriptor) throws Exception {
    Path moduleInfo = Files.writeString(folder.resolve("module-info.java"), descriptor);
    Path classes = Files.createDirectory(folder.resolve("classes"));
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-d",
                classes.toString(),
                "--module-path",
                String.join(File.pathSeparator, modulePath().stream().map(Path::toString).toList()),
                moduleInfo.toString(),
                SOURCES.resolve("shop/jobs/Shipping.java").toString());
    assertThat(result).isZero();

    var finder =
        ModuleFinder.compose(
            ModuleFinder.of(classes), ModuleFinder.of(modulePath().toArray(Path[]::new)));
    ModuleLayer boot = ModuleLayer.boot();
    Configuration configuration =
        boot.configuration().resolveAndBind(finder, ModuleFinder.of(), Set.of("shop"));
    ModuleLayer layer =
        boot.defineModulesWithOneLoader(configuration, ClassLoader.getPlatformClassLoader());
    Class<?> shipping = layer.findLoader("shop").loadClass("shop.jobs.Shipping");
    assertThat(shipping.getModule().isNamed()).isTrue();
    return shipping.getMethod("thereAndBack").invoke(null);
  }

  @Test
  void argumentsInAnOpenedPackageComeBack() throws Exception {
    String descriptor =
        Files.readString(SOURCES.resolve("module-info.java"))
            .replace("opens shop.jobs", "exports shop.jobs; opens shop.jobs");

    assertThat(run(descriptor)).isEqualTo("equal");
  }

  @Test
  void argumentsInAClosedPackageAreRefused() {
    String descriptor = "module shop { requires dev.cairn; exports shop.jobs; }";

    assertThatThrownBy(() -> run(descriptor))
        .isInstanceOf(InvocationTargetException.class)
        .cause()
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("field 'order'")
        .hasMessageContaining("open its package to tools.jackson.databind in module-info.java");
  }
}
