/** Works jobs with workers of a class path that is given. */
@NullMarked
package dev.cairn.cli.work;

import org.jspecify.annotations.NullMarked;
