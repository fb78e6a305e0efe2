/** {@code ./cairn stats}: jobs, queues and progress at a glance, drawn again and again. */
@NullMarked
package dev.cairn.cli.stats;

import org.jspecify.annotations.NullMarked;
