package dev.cairn;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Stands in for the object behind an interface, so that a service can be tried alone. Answers the
 * calls that a test has named, passes the others on to the real object or fails on them if there is
 * none, and remembers all of them. Thread-safe.
 */
public final class StandIn<T> {
  private final Class<T> type;
  private final @Nullable T real;
  private final T object;
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final List<Call> calls = new CopyOnWriteArrayList<>();

  /** One call, and what it was given. */
  public record Call(String method, List<? extends @Nullable Object> arguments) {
    /** What it was given in this place, counted from zero. */
    public <A> A argument(int place, Class<A> argumentType) {
      return argumentType.cast(Objects.requireNonNull(arguments.get(place)));
    }

    /** The list that it was given in this place. */
    public <A> List<A> list(int place, Class<A> elementType) {
      List<?> list = argument(place, List.class);
      return list.stream().map(elementType::cast).toList();
    }
  }

  /** What a call gives. */
  @FunctionalInterface
  public interface Answer {
    @Nullable Object to(Call call) throws Throwable;
  }

  private StandIn(Class<T> type, @Nullable T real) {
    this.type = type;
    this.real = real;
    this.object =
        type.cast(
            Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> answer(method, arguments)));
  }

  /** One that fails on every call until the test says otherwise. */
  public static <T> StandIn<T> of(Class<T> type) {
    return new StandIn<>(type, null);
  }

  /** One that passes every call on until the test says otherwise. */
  public static <T> StandIn<T> before(Class<T> type, T real) {
    return new StandIn<>(type, real);
  }

  /** From now on answers all calls of this name so. */
  public StandIn<T> on(String method, Answer answer) {
    if (Arrays.stream(type.getMethods()).noneMatch(each -> each.getName().equals(method))) {
      throw new IllegalArgumentException(type.getName() + " has no method " + method);
    }
    answers.put(method, answer);
    return this;
  }

  /** Passes the calls of this name on again. */
  public void pass(String method) {
    answers.remove(method);
  }

  public T object() {
    return object;
  }

  /** The calls of this name, the first one first. */
  public List<Call> calls(String method) {
    return calls.stream().filter(call -> call.method().equals(method)).toList();
  }

  private @Nullable Object answer(Method method, @Nullable Object @Nullable [] arguments)
      throws Throwable {
    if (method.getDeclaringClass() == Object.class) {
      return ofAnyObject(method.getName());
    }
    var call = new Call(method.getName(), arguments == null ? List.of() : Arrays.asList(arguments));
    calls.add(call);
    Answer answer = answers.get(method.getName());
    if (answer != null) {
      return answer.to(call);
    }
    if (real == null) {
      throw new AssertionError("nobody has expected a call of " + method);
    }
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }

  private Object ofAnyObject(String method) {
    return switch (method) {
      case "equals" -> false;
      case "hashCode" -> 0;
      default -> "stand-in for " + type.getName();
    };
  }
}
