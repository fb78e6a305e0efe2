package dev.cairn;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/** Has a say in every call of an object behind an interface. */
@FunctionalInterface
public interface InterceptedCalls {
  /** What a call of this method gives; most often what {@code call} gives. */
  @Nullable Object around(String method, Call call) throws Throwable;

  /** The call that is intercepted. */
  interface Call {
    /** Makes it. */
    @Nullable Object proceed() throws Throwable;

    /** The first argument; null if there is none. */
    default @Nullable Object firstArgument() {
      return null;
    }
  }

  /** An object that does what the target does, as far as the interceptor lets it. */
  static <T> T of(Class<T> type, T target, InterceptedCalls interceptor) {
    InvocationHandler handler =
        (proxy, method, arguments) ->
            interceptor.around(
                method.getName(),
                new Call() {
                  @Override
                  public @Nullable Object proceed() throws Throwable {
                    try {
                      return method.invoke(target, arguments);
                    } catch (InvocationTargetException e) {
                      throw e.getTargetException();
                    }
                  }

                  @Override
                  public @Nullable Object firstArgument() {
                    return arguments == null ? null : arguments[0];
                  }
                });
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
