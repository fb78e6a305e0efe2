package dev.cairn.testing.internal;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Objects behind JDBC's interfaces, which have too many methods to write each down. */
final class Proxies {
  private Proxies() {}

  /** Each proxy is equal to itself only. */
  static <T> T of(Class<T> type, InvocationHandler handler) {
    InvocationHandler withIdentity =
        (self, method, arguments) ->
            switch (method.getName()) {
              case "equals" -> Objects.equals(handlerOf(arguments[0]), handlerOf(self));
              case "hashCode" -> handler.hashCode();
              case "toString" -> "misbehaving " + type.getSimpleName();
              default -> handler.invoke(self, method, arguments);
            };
    return type.cast(
        Proxy.newProxyInstance(
            Proxies.class.getClassLoader(), new Class<?>[] {type}, withIdentity));
  }

  private static @Nullable InvocationHandler handlerOf(@Nullable Object candidate) {
    return candidate != null && Proxy.isProxyClass(candidate.getClass())
        ? Proxy.getInvocationHandler(candidate)
        : null;
  }

  /** Makes the call on the target, and throws what the target throws. */
  static @Nullable Object call(Object target, Method method, Object @Nullable [] arguments)
      throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }
}
