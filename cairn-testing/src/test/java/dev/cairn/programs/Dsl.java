package dev.cairn.programs;

import dev.cairn.programs.Code.Decision;
import dev.cairn.programs.Code.Declared;
import dev.cairn.programs.Code.Name;
import dev.cairn.programs.Code.Removed;
import dev.cairn.programs.Items.Content;
import dev.cairn.programs.Items.Content.State;
import dev.cairn.programs.Items.Keyed;
import dev.cairn.programs.Items.Pages;
import dev.cairn.programs.Items.Rows;
import dev.cairn.programs.Items.Table;
import dev.cairn.programs.Items.TextFile;
import dev.cairn.programs.Items.Tree;
import dev.cairn.programs.Node.Await;
import dev.cairn.programs.Node.Branch;
import dev.cairn.programs.Node.Busy;
import dev.cairn.programs.Node.Cancel;
import dev.cairn.programs.Node.Complete;
import dev.cairn.programs.Node.Effect;
import dev.cairn.programs.Node.Fail;
import dev.cairn.programs.Node.Failing;
import dev.cairn.programs.Node.Fault;
import dev.cairn.programs.Node.ForEach;
import dev.cairn.programs.Node.Form;
import dev.cairn.programs.Node.Give;
import dev.cairn.programs.Node.Hang;
import dev.cairn.programs.Node.Keys;
import dev.cairn.programs.Node.Loop;
import dev.cairn.programs.Node.Mistake;
import dev.cairn.programs.Node.Move;
import dev.cairn.programs.Node.Options;
import dev.cairn.programs.Node.Parallel;
import dev.cairn.programs.Node.Policy;
import dev.cairn.programs.Node.Result;
import dev.cairn.programs.Node.Rule;
import dev.cairn.programs.Node.Sleep;
import dev.cairn.programs.Node.Snooze;
import dev.cairn.programs.Node.Step;
import dev.cairn.programs.Node.StepTx;
import dev.cairn.programs.Node.Unstorable;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The words in which programs are written and printed; to be imported statically. */
final class Dsl {
  private Dsl() {}

  static Trial trial(Program program, Plan plan) {
    return new Trial(program, plan);
  }

  static Program program(Node... nodes) {
    return new Program(List.of(nodes), List.of());
  }

  static Node effect(String id) {
    return new Effect(id);
  }

  static Node fail(String id, int times) {
    return new Fail(id, times, Rule.RETRY);
  }

  static Node restart(String id, int times) {
    return new Fail(id, times, Rule.RESTART);
  }

  static Node hang(String id, int times) {
    return new Hang(id, times);
  }

  static Node keys(String id) {
    return new Keys(id);
  }

  static Node give(String id, String signal) {
    return new Give(id, signal);
  }

  static Node snooze(String id) {
    return new Snooze(id);
  }

  static Node deploy(String id) {
    return new Node.Deploy(id);
  }

  static Failing deployedAt(String item) {
    return new Failing(item, 1, Fault.DEPLOYS);
  }

  static Code code(Declared declared, List<Name> names, Node... nodes) {
    return new Code(declared, names, List.of(nodes));
  }

  static List<Name> names(Name... names) {
    return List.of(names);
  }

  static Name called(String node, String step) {
    return called(node, step, "");
  }

  static Name called(String node, String step, String former) {
    return new Name(node, step, former);
  }

  static Declared undeclared() {
    return Declared.NOTHING;
  }

  static Declared planned(int version, Decision decision, Removed removed, Code.Move... moves) {
    return new Declared(true, version, decision, removed, List.of(moves));
  }

  static Code.Move renamed(String from, String to) {
    return new Code.Move(Code.Kind.RENAME, from, to);
  }

  static Code.Move forgotten(String step) {
    return new Code.Move(Code.Kind.FORGET, step, "");
  }

  static Code.Move finished(String step) {
    return new Code.Move(Code.Kind.FINISH, step, "");
  }

  static Code.Move moved(String step, int number) {
    return new Code.Move(Code.Kind.CURSOR, step, String.valueOf(number));
  }

  static Node cancel(String id) {
    return new Cancel(id);
  }

  static Node complete(String id, boolean fails) {
    return new Complete(id, fails);
  }

  static Node unstorable(String name) {
    return new Unstorable(name);
  }

  static Node step(String name, Node... body) {
    return step(name, Options.NONE, body);
  }

  static Node step(String name, Options options, Node... body) {
    return new Step(name, options, List.of(body));
  }

  static Node result(String name, Failing... failing) {
    return result(name, Options.NONE, failing);
  }

  static Node result(String name, Options options, Failing... failing) {
    return new Result(name, options, List.of(failing));
  }

  static Node stepTx(String name) {
    return stepTx(name, 0);
  }

  static Node stepTx(String name, int collisions, Failing... failing) {
    return stepTx(name, collisions, Options.NONE, failing);
  }

  static Node stepTx(String name, int collisions, Options options, Failing... failing) {
    return new StepTx(name, options, collisions, false, List.of(failing));
  }

  static Node finishTx(String name, Failing... failing) {
    return finishTx(name, Options.NONE, failing);
  }

  static Node finishTx(String name, Options options, Failing... failing) {
    return new StepTx(name, options, 0, true, List.of(failing));
  }

  static Node loop(String name, Move move, int count, Failing... failing) {
    return loop(name, move, count, Options.NONE, failing);
  }

  static Node loop(String name, Move move, int count, Options options, Failing... failing) {
    return new Loop(name, options, move, count, List.of(failing));
  }

  static Node parallel(String name, int atMost, Branch... branches) {
    return parallel(name, atMost, Options.NONE, branches);
  }

  static Node parallel(String name, int atMost, Options options, Branch... branches) {
    return new Parallel(name, options, atMost, List.of(branches));
  }

  static Branch branch(String name, Node... body) {
    return new Branch(name, List.of(body));
  }

  static Node busy(String name, String until) {
    return new Busy(name, until);
  }

  static Node forEach(
      String name, Form form, int size, Items items, Policy policy, Failing... failing) {
    return forEach(name, form, size, items, policy, Options.NONE, failing);
  }

  static Node forEach(
      String name,
      Form form,
      int size,
      Items items,
      Policy policy,
      Options options,
      Failing... failing) {
    return new ForEach(name, options, form, size, items, policy, List.of(failing));
  }

  static Node sleep(String name, int millis) {
    return new Sleep(name, millis);
  }

  static Node await(String name, String signal) {
    return new Await(name, signal);
  }

  static Node await(String name, String signal, int atMostMillis) {
    return new Await(name, signal, atMostMillis);
  }

  static Node mistake(Mutation mutation, Node right) {
    return new Mistake(mutation, right);
  }

  static Failing failing(String item, int times) {
    return new Failing(item, times, Fault.THROWS);
  }

  static Failing hanging(String item, int times) {
    return new Failing(item, times, Fault.HANGS);
  }

  static Options options(int tries, int timeoutMillis, boolean isolated) {
    return new Options(tries, timeoutMillis, isolated);
  }

  static Policy retryJob() {
    return Policy.RETRY_JOB;
  }

  static Policy skip(int most) {
    return new Policy(Policy.Kind.SKIP, most);
  }

  static Policy share(int ofHundred) {
    return new Policy(Policy.Kind.SHARE, ofHundred);
  }

  static Policy quarantine() {
    return new Policy(Policy.Kind.QUARANTINE, 0);
  }

  static Items lines(Format format, int width, Content... versions) {
    return new Items.Lines(format, width, List.of(versions));
  }

  static Content text(String... lines) {
    return new Content(State.WHOLE, List.of(lines));
  }

  static Content cut(String... lines) {
    return new Content(State.CUT, List.of(lines));
  }

  static Content gone() {
    return new Content(State.GONE, List.of());
  }

  static Content aFolder() {
    return new Content(State.FOLDER, List.of());
  }

  static Content notPacked(String... lines) {
    return new Content(State.NOT_PACKED, List.of(lines));
  }

  static Items folder(int width, Tree... versions) {
    return new Items.Folder(width, List.of(versions));
  }

  static Tree files(TextFile... files) {
    return new Tree(true, List.of(files));
  }

  static Tree noFolder() {
    return new Tree(false, List.of());
  }

  static TextFile file(String name, String... lines) {
    return file(name, text(lines));
  }

  static TextFile file(String name, Content content) {
    return new TextFile(name, content);
  }

  static Items range(Integer... counts) {
    return new Items.Range(List.of(counts));
  }

  static Items elements(Integer... counts) {
    return new Items.Elements(List.of(counts));
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // nothing is put into it
  static Rows rows(List<Integer>... versions) {
    return new Rows(List.of(versions));
  }

  static Table table(int page, boolean bounded, Rows rows) {
    return new Table(page, bounded, rows);
  }

  static Items within(Keyed outer, int inner) {
    return new Items.Within(outer, inner);
  }

  static Items paged(Pages... versions) {
    return new Items.Paged(List.of(versions));
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // nothing is put into it
  static Pages pages(List<String>... pages) {
    return new Pages(List.of(pages));
  }

  static String quoted(String text) {
    return '"' + text + '"';
  }

  static List<String> allQuoted(List<String> texts) {
    return texts.stream().map(Dsl::quoted).toList();
  }

  /** As Java writes a list. */
  static String list(List<?> list) {
    return "List.of(%s)".formatted(joined(list));
  }

  static String times(int number) {
    return number == Node.ALWAYS ? "ALWAYS" : String.valueOf(number);
  }

  static String joined(List<?> list) {
    return list.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }

  /** Further arguments. */
  static String listed(List<?> list) {
    return list.stream().map(each -> ", " + each).collect(Collectors.joining());
  }

  static List<String> numbers(int count) {
    return IntStream.range(0, count).mapToObj(String::valueOf).toList();
  }

  /** The nodes right within one. */
  static Stream<Node> children(Node node) {
    return switch (node) {
      case Step step -> step.body().stream();
      case Parallel parallel -> parallel.branches().stream().flatMap(each -> each.body().stream());
      case Mistake mistake -> Stream.of(mistake.right());
      default -> Stream.empty();
    };
  }
}
