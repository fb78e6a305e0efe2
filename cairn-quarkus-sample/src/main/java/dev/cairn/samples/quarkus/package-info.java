/**
 * A client in an application on Quarkus: the code of {@code docs/quarkus.md}, run by tests. Holds
 * what an application has to write itself, and no more. Never published.
 */
@NullMarked
package dev.cairn.samples.quarkus;

import org.jspecify.annotations.NullMarked;
