package dev.cairn;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks the arguments by which {@link UniqueOptions#withArgs()} compares jobs. Without any, all
 * arguments are compared. Also within nested records and classes.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.RECORD_COMPONENT})
public @interface Unique {
  /** The name in the encoded arguments, if it is not that of the field. */
  String value() default "";
}
