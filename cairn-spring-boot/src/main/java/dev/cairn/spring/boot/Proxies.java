package dev.cairn.spring.boot;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import org.springframework.aop.support.AopUtils;

/** What a proxy that extends the class of a bean cannot do. */
final class Proxies {
  private Proxies() {}

  /**
   * Whether a call of this method would run on the proxy instead of the bean: it cannot be
   * overridden. The fields of the proxy are null.
   */
  static boolean passBy(Object bean, Method method) {
    return AopUtils.isCglibProxy(bean)
        && (Modifier.isFinal(method.getModifiers()) || isHidden(method, bean));
  }

  /** Private to a package that is not that of the proxy. */
  private static boolean isHidden(Method method, Object proxy) {
    return !Modifier.isPublic(method.getModifiers())
        && !Modifier.isProtected(method.getModifiers())
        && !method.getDeclaringClass().getPackage().equals(proxy.getClass().getPackage());
  }
}
