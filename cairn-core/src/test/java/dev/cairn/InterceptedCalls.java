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

  /** Makes the call that is intercepted. */
  @FunctionalInterface
  interface Call {
    @Nullable Object proceed() throws Throwable;
  }

  /** An object that does what the target does, as far as the interceptor lets it. */
  static <T> T of(Class<T> type, T target, InterceptedCalls interceptor) {
    InvocationHandler handler =
        (proxy, method, arguments) ->
            interceptor.around(
                method.getName(),
                () -> {
                  try {
                    return method.invoke(target, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getTargetException();
                  }
                });
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
