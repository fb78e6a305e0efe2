/**
 * Every statement of a client's life, combined with every misbehaviour of its data source. The
 * statements are found by recording a life, so a new statement needs no entry in a list.
 */
@NullMarked
package dev.cairn.chaos.matrix;

import org.jspecify.annotations.NullMarked;
