package dev.cairn;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names the kind of job that a type of arguments belongs to. The kind is stored with every job and
 * shared with programs in other languages: renaming it leaves earlier jobs without a worker.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface JobKind {
  /**
   * The kind, for example {@code "send_email"}: 2 to 127 letters, digits and {@code _ - [ ] < > / .
   * · : +}, beginning with a letter, digit or underscore, as River requires.
   */
  String value();

  /**
   * Accepts a kind that breaks River's rule, for jobs of older programs that use it. The kind must
   * still have 1 to 127 characters.
   */
  boolean unchecked() default false;
}
