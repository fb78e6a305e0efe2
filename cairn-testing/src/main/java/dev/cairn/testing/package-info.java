/**
 * The test kit: a database for each test class, clients that end with their test, and waits for
 * what jobs become. It uses the public API of Cairn only.
 */
@NullMarked
package dev.cairn.testing;

import org.jspecify.annotations.NullMarked;
