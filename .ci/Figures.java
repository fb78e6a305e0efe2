import com.sun.source.tree.CaseTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.SwitchExpressionTree;
import com.sun.source.tree.SwitchTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;

/** Measures the house: see {@code figures} beside it. */
final class Figures {
  private record Named(String name, int number) {}

  private static final Pattern EDGE =
      Pattern.compile("^\\s+(dev\\.cairn\\S*)\\s+->\\s+(dev\\.cairn\\S*)");

  /** Those that had the most fields. The core's ArchitectureTest limits the first three to 12. */
  private static final List<String> CENTRES =
      List.of("CairnBuilder", "Attempt", "Engine", "Fetcher");

  /** What docs/architecture.md leaves out of the table of who knows whom. */
  private static final Set<String> IN_FRONT =
      Set.of("dev.cairn.Cairn", "dev.cairn.CairnBuilder", "dev.cairn.migrate.Migrator");

  private static final String SQL_ROOM = "dev.cairn.internal.postgres";

  private final Path sources;
  private final List<Named> files = new ArrayList<>();
  private final List<Named> methods = new ArrayList<>();
  private final List<Named> parameters = new ArrayList<>();
  private final List<Named> fields = new ArrayList<>();
  private final List<String> switches = new ArrayList<>();
  private final Map<String, Integer> publicTypes = new TreeMap<>();
  private final Lines all = new Lines();
  private final Lines ofSqlRoom = new Lines();

  private static final class Lines {
    private int comments;
    private int number;

    String share() {
      return number == 0 ? "none" : "%d %%".formatted(100 * comments / number);
    }
  }

  private Figures(Path sources) {
    this.sources = sources;
  }

  public static void main(String[] args) throws IOException {
    Path module = Path.of(args[0]);
    var figures = new Figures(module.resolve("src/main/java"));
    figures.measure();
    figures.print(module);
  }

  private void measure() throws IOException {
    List<Path> paths;
    try (Stream<Path> found = Files.walk(sources)) {
      paths =
          found
              .filter(file -> file.toString().endsWith(".java"))
              .filter(file -> !file.toString().endsWith("-info.java"))
              .sorted()
              .toList();
    }
    JavaCompiler compiler = javax.tools.ToolProvider.getSystemJavaCompiler();
    var manager = compiler.getStandardFileManager(null, null, null);
    var task =
        (JavacTask)
            compiler.getTask(
                null,
                manager,
                null,
                List.of("-proc:none"),
                null,
                manager.getJavaFileObjectsFromPaths(paths));
    SourcePositions positions = Trees.instance(task).getSourcePositions();
    for (CompilationUnitTree unit : task.parse()) {
      countLines(unit);
      unit.accept(new Scanner(unit, positions), null);
    }
  }

  private void countLines(CompilationUnitTree unit) throws IOException {
    List<String> text = unit.getSourceFile().getCharContent(true).toString().lines().toList();
    files.add(
        new Named(Path.of(unit.getSourceFile().getName()).getFileName().toString(), text.size()));
    boolean isOfSqlRoom = String.valueOf(unit.getPackageName()).equals(SQL_ROOM);
    for (Lines counted : isOfSqlRoom ? List.of(all, ofSqlRoom) : List.of(all)) {
      count(counted, text);
    }
  }

  private static void count(Lines counted, List<String> text) {
    boolean inComment = false;
    for (String line : text) {
      String code = line.strip();
      inComment |= code.startsWith("/*");
      counted.number += code.isEmpty() ? 0 : 1;
      counted.comments += inComment || code.startsWith("//") ? 1 : 0;
      inComment &= !code.endsWith("*/");
    }
  }

  private final class Scanner extends TreeScanner<Void, Void> {
    private final CompilationUnitTree unit;
    private final SourcePositions positions;
    private final Deque<String> types = new ArrayDeque<>();
    private final Deque<Tree.Kind> kinds = new ArrayDeque<>();

    Scanner(CompilationUnitTree unit, SourcePositions positions) {
      this.unit = unit;
      this.positions = positions;
    }

    @Override
    public Void visitClass(ClassTree type, Void nothing) {
      String name = type.getSimpleName().toString();
      if (types.isEmpty() && type.getModifiers().getFlags().contains(Modifier.PUBLIC)) {
        publicTypes.merge(unit.getPackageName().toString(), 1, Integer::sum);
      }
      if (type.getKind() == Tree.Kind.CLASS && !name.isEmpty()) {
        long own =
            type.getMembers().stream()
                .filter(VariableTree.class::isInstance)
                .map(VariableTree.class::cast)
                .filter(field -> !field.getModifiers().getFlags().contains(Modifier.STATIC))
                .count();
        fields.add(new Named(name, (int) own));
      }
      types.push(name);
      kinds.push(type.getKind());
      super.visitClass(type, nothing);
      kinds.pop();
      types.pop();
      return null;
    }

    @Override
    public Void visitMethod(MethodTree method, Void nothing) {
      // A record's own constructor has no place in the source.
      if (method.getBody() != null && positions.getStartPosition(unit, method) >= 0) {
        String name = types.peek() + "." + method.getName();
        methods.add(
            new Named(
                name, 1 + line(positions.getEndPosition(unit, method)) - line(start(method))));
        if (method.getReturnType() == null && kinds.peek() != Tree.Kind.RECORD) {
          parameters.add(new Named(name, method.getParameters().size()));
        }
      }
      return super.visitMethod(method, nothing);
    }

    /** Without its javadoc, which is not a part of the tree. */
    private long start(MethodTree method) {
      return positions.getStartPosition(unit, method);
    }

    private int line(long position) {
      return (int) unit.getLineMap().getLineNumber(position);
    }

    @Override
    public Void visitSwitch(SwitchTree tree, Void nothing) {
      look(tree, tree.getCases());
      return super.visitSwitch(tree, nothing);
    }

    @Override
    public Void visitSwitchExpression(SwitchExpressionTree tree, Void nothing) {
      look(tree, tree.getCases());
      return super.visitSwitchExpression(tree, nothing);
    }

    private void look(Tree tree, List<? extends CaseTree> cases) {
      if (cases.stream()
          .anyMatch(each -> each.getLabels().toString().matches("(?s).*\\bOutcome\\..*"))) {
        switches.add(types.peek() + ":" + line(positions.getStartPosition(unit, tree)));
      }
    }
  }

  private void print(Path module) throws IOException {
    Path classes = module.resolve("target/classes");
    System.out.println("| figure | |");
    System.out.println("| --- | --- |");
    row(
        "files",
        "%d, median %d, nine in ten at most %d, longest %s"
            .formatted(files.size(), at(files, 50), at(files, 90), longest(files, 3)));
    row("files above 500 lines", files.stream().filter(file -> file.number() > 500).count());
    row("lines of comments", all.share());
    row("the same in `internal.postgres`", ofSqlRoom.share());
    row(
        "methods",
        "%d, median %d, nine in ten at most %d, 99 in 100 at most %d, longest %s"
            .formatted(
                methods.size(),
                at(methods, 50),
                at(methods, 90),
                at(methods, 99),
                longest(methods, 3)));
    row("most parameters of constructors, without records", longest(parameters, 3));
    row("most fields, without records", longest(fields, 5));
    row(
        "fields of those that had most",
        fields.stream()
            .filter(type -> CENTRES.contains(type.name()))
            .sorted(Comparator.comparing(type -> CENTRES.indexOf(type.name())))
            .map(type -> type.number() + " (" + type.name() + ")")
            .collect(Collectors.joining(", ")));
    row(
        "switches over `Outcome`",
        "%d: %s".formatted(switches.size(), String.join(", ", switches)));
    publicTypes.forEach((name, number) -> {
      if (!name.contains(".internal")) {
        row("public types of `%s`".formatted(name), number);
      }
    });
    row(
        "public types of all exported packages",
        publicTypes.entrySet().stream()
            .filter(each -> !each.getKey().contains(".internal"))
            .mapToInt(Map.Entry::getValue)
            .sum());
    row("test classes of `internal.work`", tests(module.resolve("src/test/java")));
    boolean isCompiled = Files.isDirectory(classes);
    row("packages in cycles", isCompiled ? cycles(classes, Set.of()) : "compile first");
    row(
        "the same without what `Cairn`, `CairnBuilder` and `Migrator` know",
        isCompiled ? cycles(classes, IN_FRONT) : "compile first");
  }

  private static long tests(Path tests) throws IOException {
    Path folder = tests.resolve("dev/cairn/internal/work");
    if (!Files.isDirectory(folder)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith("Test.java")).count();
    }
  }

  private static void row(String name, Object value) {
    System.out.println("| %s | %s |".formatted(name, value));
  }

  private static int at(List<Named> all, int percent) {
    return all.stream().map(Named::number).sorted().toList().get(all.size() * percent / 100);
  }

  private static String longest(List<Named> all, int count) {
    return all.stream()
        .sorted(Comparator.comparing(Named::number).reversed())
        .limit(count)
        .map(each -> each.number() + " (" + each.name().replace(".java", "") + ")")
        .collect(Collectors.joining(", "));
  }

  /**
   * The packages of which each needs all others of its group, by what {@code jdeps} says.
   *
   * @param leftOut the classes whose own needs do not count
   */
  private static String cycles(Path classes, Set<String> leftOut) {
    var text = new StringWriter();
    var out = new PrintWriter(text);
    ToolProvider.findFirst("jdeps")
        .orElseThrow()
        .run(
            out,
            out,
            "--multi-release",
            "21",
            "--ignore-missing-deps",
            "-verbose:class",
            "-e",
            "dev\\.cairn.*",
            "-filter:none",
            classes
                .resolve("dev")
                .toString()); // without the descriptor, whose modules are not here
    Map<String, Set<String>> needs = new TreeMap<>();
    text.toString()
        .lines()
        .map(EDGE::matcher)
        .filter(edge -> edge.find() && !leftOut.contains(edge.group(1).replaceAll("\\$.*", "")))
        .forEach(edge -> {
          String from = packageOf(edge.group(1));
          String to = packageOf(edge.group(2));
          if (!from.equals(to)) {
            needs.computeIfAbsent(from, name -> new TreeSet<>()).add(to);
          }
        });
    if (needs.isEmpty()) {
      throw new IllegalStateException("jdeps finds no packages: " + text);
    }
    var groups = new HashMap<Set<String>, Set<String>>();
    for (String name : needs.keySet()) {
      Set<String> group =
          reachable(needs, name).stream()
              .filter(other -> reachable(needs, other).contains(name))
              .collect(Collectors.toCollection(TreeSet::new));
      groups.put(group, group);
    }
    Collection<Set<String>> cyclic =
        groups.keySet().stream().filter(group -> group.size() > 1).toList();
    return cyclic.isEmpty()
        ? "none"
        : cyclic.stream()
            .map(group -> group.size() + ": " + String.join(", ", group))
            .collect(Collectors.joining("; "));
  }

  private static String packageOf(String type) {
    return type.substring(0, type.lastIndexOf('.'));
  }

  private static Set<String> reachable(Map<String, Set<String>> needs, String from) {
    var found = new TreeSet<String>();
    var open = new ArrayDeque<>(needs.getOrDefault(from, Set.of()));
    while (!open.isEmpty()) {
      String next = open.pop();
      if (found.add(next)) {
        open.addAll(needs.getOrDefault(next, Collections.emptySet()));
      }
    }
    return found;
  }
}
