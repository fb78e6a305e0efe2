/**
 * The instruments of every command: a server, its counters, contenders that take turns, the report.
 */
@NullMarked
package dev.cairn.benchmarks.measure;

import org.jspecify.annotations.NullMarked;
