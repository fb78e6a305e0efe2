package dev.cairn;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks the arguments by which {@link UniqueOptions#withArgs()} compares jobs. Without any, all
 * arguments are compared. Goes on a field, a component of a record, or an accessor, also of nested
 * types, of elements of lists and of values of maps; what is inside counts before a mark on the
 * whole. Names are those of the client's codec.
 *
 * <p>A mark that the codec cannot honour is refused when a worker is registered with a client, and
 * else at the first insertion: one on a field that is not encoded, or within a type that is encoded
 * as a single value.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.METHOD, ElementType.RECORD_COMPONENT})
public @interface Unique {}
