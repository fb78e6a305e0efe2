/** The few concurrency pieces that the other rooms share. Knows nothing of jobs. */
package dev.cairn.internal.concurrent;
