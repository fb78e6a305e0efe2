/**
 * A client in an application on Micronaut: the code of {@code docs/micronaut.md}, run by tests.
 * Holds what an application has to write itself, and no more. Never published.
 */
@NullMarked
package dev.cairn.samples.micronaut;

import org.jspecify.annotations.NullMarked;
