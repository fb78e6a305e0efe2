/** How values are written in logs and messages. Knows nothing of jobs. */
package dev.cairn.internal.text;
