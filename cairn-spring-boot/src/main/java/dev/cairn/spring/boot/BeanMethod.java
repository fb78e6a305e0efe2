package dev.cairn.spring.boot;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.util.ReflectionUtils;

/**
 * A method of a bean that has an annotation of Cairn's. The bean is made when it is first called.
 */
final class BeanMethod {
  private final ConfigurableListableBeanFactory beans;
  private final String bean;
  private final Method method;
  private final String annotation;
  private volatile @Nullable Target target;

  /** The bean, and its method: that of the proxy if there is one. */
  private record Target(Object bean, Method method) {}

  BeanMethod(ConfigurableListableBeanFactory beans, String bean, Method method, String annotation) {
    this.beans = beans;
    this.bean = bean;
    this.method = method;
    this.annotation = annotation;
    if (Modifier.isStatic(method.getModifiers()) || Modifier.isPrivate(method.getModifiers())) {
      throw wrong("is static or private", "Make it an instance method that is not private");
    }
    if (isSuspending(method)) {
      throw wrong(
          "is a suspend function, which nobody would resume",
          "Remove suspend, and call suspend functions within runBlocking: Cairn calls the method on"
              + " a thread that may block");
    }
  }

  /** Kotlin compiles them to methods with one more parameter, which return an object. */
  private static boolean isSuspending(Method method) {
    Class<?>[] parameters = method.getParameterTypes();
    return parameters.length > 0
        && parameters[parameters.length - 1].getName().equals("kotlin.coroutines.Continuation");
  }

  Method method() {
    return method;
  }

  /** The name of its bean. */
  String bean() {
    return bean;
  }

  /** The id of what the method makes: its bean's name and its own, in the characters of ids. */
  String id() {
    return (bean + "." + method.getName()).replaceAll("[^\\w\\-./: ]", ".");
  }

  /** As in {@code @CairnWorker method Mails.send(SendMail)}. */
  String describe() {
    return "%s method %s".formatted(annotation, shortName());
  }

  private String shortName() {
    var parameters = new StringBuilder();
    for (Class<?> each : method.getParameterTypes()) {
      parameters.append(parameters.isEmpty() ? "" : ", ").append(each.getSimpleName());
    }
    return "%s.%s(%s)"
        .formatted(method.getDeclaringClass().getName(), method.getName(), parameters);
  }

  CairnConfigurationException wrong(String what, String action) {
    return new CairnConfigurationException("%s %s [CAIRN-701]".formatted(describe(), what), action);
  }

  /** Finds the bean, and makes it if needed. */
  void make() {
    Target ignored = target();
  }

  private Target target() {
    Target known = target;
    if (known == null) {
      Object made = beans.getBean(bean);
      known = new Target(made, callable(made));
      if (!beans.isPrototype(bean)) {
        target = known;
      }
    }
    return known;
  }

  /** The method as the bean has it, which may be a proxy. */
  private Method callable(Object made) {
    if (Proxies.passBy(made, method)) {
      throw wrong(
          "would be called on the proxy of its bean, which has none of its fields",
          "Make the method neither final nor private to its package, or remove from the class what "
              + "makes Spring proxy it, such as @Transactional");
    }
    try {
      Method callable = AopUtils.selectInvocableMethod(method, made.getClass());
      ReflectionUtils.makeAccessible(callable);
      return callable;
    } catch (IllegalStateException e) {
      throw wrong(
          "is hidden by the proxy of its bean, which has only the methods of its interfaces",
          "Declare the method in an interface of the bean, or let Spring proxy classes, with "
              + "spring.aop.proxy-target-class=true");
    }
  }

  /** Calls the method; what it throws is thrown as it is. */
  @Nullable Object call(@Nullable Object... values) throws Exception {
    Target known = target();
    try {
      return known.method().invoke(known.bean(), values);
    } catch (InvocationTargetException e) {
      switch (e.getCause()) {
        case Error error -> throw error;
        case Exception exception -> throw exception;
        case null, default -> throw e;
      }
    }
  }

  /** What an attribute says, its placeholders replaced. */
  String text(String value) {
    String resolved = beans.resolveEmbeddedValue(value);
    return resolved == null ? "" : resolved.trim();
  }

  Optional<Duration> duration(String attribute, String value) {
    return parsed(attribute, value, DurationStyle::detectAndParse);
  }

  Optional<Integer> number(String attribute, String value) {
    return parsed(attribute, value, Integer::valueOf);
  }

  private <T> Optional<T> parsed(String attribute, String value, Function<String, T> parse) {
    String text = text(value);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(parse.apply(text));
    } catch (IllegalArgumentException e) {
      throw wrong(
          "has %s = \"%s\": %s".formatted(attribute, text, e.getMessage()),
          "Correct the attribute " + attribute);
    }
  }
}
