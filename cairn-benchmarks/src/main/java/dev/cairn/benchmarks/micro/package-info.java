/** What the inner parts cost, measured by JMH. Its classes are public because JMH extends them. */
@NullMarked
package dev.cairn.benchmarks.micro;

import org.jspecify.annotations.NullMarked;
