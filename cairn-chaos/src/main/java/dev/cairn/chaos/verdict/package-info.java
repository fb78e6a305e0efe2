/**
 * Decides from a history whether Cairn kept its promises. Each promise is a {@code Promise}, and a
 * test breaks each of them.
 */
@NullMarked
package dev.cairn.chaos.verdict;

import org.jspecify.annotations.NullMarked;
