/** {@code ./cairn doctor}: prints what {@code dev.cairn.doctor} finds. */
@NullMarked
package dev.cairn.cli.doctor;

import org.jspecify.annotations.NullMarked;
