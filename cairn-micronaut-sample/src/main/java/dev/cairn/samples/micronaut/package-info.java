/**
 * A client in an application on Micronaut: the code of {@code docs/micronaut.md}, run by tests.
 * Contains only what an application has to write itself. Never published.
 */
@NullMarked
package dev.cairn.samples.micronaut;

import org.jspecify.annotations.NullMarked;
