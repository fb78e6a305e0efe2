/** The one door through which Cairn calls code of its users. Knows nothing of jobs. */
package dev.cairn.internal.foreign;
