package dev.cairn.programs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Whether classes with {@linkplain PlantedFault faults} compile, beside the right ones. */
final class FaultyClasses {
  /** Without the last steps of the compiler, which make the classes and refuse nothing more. */
  private static final List<String> OPTIONS =
      List.of(
          "-nowarn",
          "-proc:none",
          "-XDshould-stop.ifNoError=FLOW",
          "-cp",
          System.getProperty("java.class.path"));

  private static final JavaCompiler COMPILER = ToolProvider.getSystemJavaCompiler();

  private FaultyClasses() {}

  /** Faults that are in different classes. */
  private record Group(Map<Path, String> sources, List<PlantedFault> faults) {
    Group() {
      this(new HashMap<>(), new ArrayList<>());
    }

    boolean takes(Map<Path, String> others) {
      return others.keySet().stream().noneMatch(sources::containsKey);
    }

    void add(PlantedFault fault, Map<Path, String> others) {
      sources.putAll(others);
      faults.add(fault);
    }
  }

  /**
   * What the compiler says of faults that do not compile, each with the name of the fault. Faults
   * of different classes are compiled together, because most of the time goes into the classes that
   * all of them need.
   */
  static List<String> complaints(List<PlantedFault> faults) throws IOException {
    var groups = new ArrayList<Group>();
    for (PlantedFault fault : faults) {
      Map<Path, String> sources = fault.planting().sources();
      groups.stream()
          .filter(group -> group.takes(sources))
          .findFirst()
          .orElseGet(() -> {
            var group = new Group();
            groups.add(group);
            return group;
          })
          .add(fault, sources);
    }
    try (StandardJavaFileManager files = COMPILER.getStandardFileManager(null, null, null)) {
      return groups.stream()
          .filter(group -> !errors(files, group.sources()).isEmpty())
          .flatMap(group -> group.faults().stream())
          .flatMap(fault -> errorsOf(files, fault))
          .toList();
    }
  }

  private static Stream<String> errorsOf(StandardJavaFileManager files, PlantedFault fault) {
    try {
      return errors(files, fault.planting().sources()).stream()
          .map(error -> "%s: %s".formatted(fault.name(), error));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> errors(StandardJavaFileManager files, Map<Path, String> sources) {
    var said = new DiagnosticCollector<JavaFileObject>();
    boolean ignored =
        COMPILER
            .getTask(
                null,
                files,
                said,
                OPTIONS,
                null,
                sources.entrySet().stream()
                    .map(source -> new Source(source.getKey(), source.getValue()))
                    .toList())
            .call();
    return said.getDiagnostics().stream()
        .filter(each -> each.getKind() == Diagnostic.Kind.ERROR)
        .map(each -> each.getMessage(Locale.ROOT))
        .toList();
  }

  /** A source that is in no file. */
  private static final class Source extends SimpleJavaFileObject {
    private final String code;

    Source(Path path, String code) {
      super(path.toAbsolutePath().normalize().toUri(), Kind.SOURCE);
      this.code = code;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return code;
    }
  }
}
