/** Meters, observations and traces of jobs, for what is on the class path. */
@org.jspecify.annotations.NullMarked
package dev.cairn.spring.boot.observe;
