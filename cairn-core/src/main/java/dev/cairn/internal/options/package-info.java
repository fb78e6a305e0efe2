/** The base of the options that users build. Knows nothing of jobs. */
package dev.cairn.internal.options;
