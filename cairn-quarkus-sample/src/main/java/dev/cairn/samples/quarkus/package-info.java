/**
 * A client in an application on Quarkus: the code of {@code docs/quarkus.md}, run by tests.
 * Contains only what an application has to write itself. Never published.
 */
@NullMarked
package dev.cairn.samples.quarkus;

import org.jspecify.annotations.NullMarked;
