/** {@code ./cairn man}: manual pages, made from what the commands say about themselves. */
@NullMarked
package dev.cairn.cli.man;

import org.jspecify.annotations.NullMarked;
