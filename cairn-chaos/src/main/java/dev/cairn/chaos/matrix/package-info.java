/**
 * Every statement of a client's life times every misbehaviour of its data source. The statements
 * are found by recording a life, so that a new one needs no entry anywhere.
 */
@NullMarked
package dev.cairn.chaos.matrix;

import org.jspecify.annotations.NullMarked;
