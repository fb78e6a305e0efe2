/**
 * The test kit: a database for each test class, clients that end with their test, waits for what
 * jobs become, assertions about inserted jobs, and jobs worked one at a time with a database or
 * without. It uses the public API of Cairn only.
 */
@NullMarked
package dev.cairn.testing;

import org.jspecify.annotations.NullMarked;
