package dev.cairn;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks the arguments by which {@link UniqueOptions#withArgs()} compares jobs. Without any mark,
 * all arguments are compared. Put it on a field, a component of a record, or an accessor, including
 * those in nested types, in elements of lists and in values of maps. A mark inside a value takes
 * precedence over a mark on the whole value. The names are those of the client's codec.
 *
 * <p>A mark has no effect on a field that is not encoded, or within a type that is encoded as a
 * single value. Such a mark is refused when a client with the worker is built, or at the first
 * insertion.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.METHOD, ElementType.RECORD_COMPONENT})
public @interface Unique {}
