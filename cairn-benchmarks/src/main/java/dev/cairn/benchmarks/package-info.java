/** How fast jobs are worked, next to plain SQL and to others on the same server. */
@NullMarked
package dev.cairn.benchmarks;

import org.jspecify.annotations.NullMarked;
