/** The few concurrency classes that the other packages share. Does not depend on jobs. */
package dev.cairn.internal.concurrent;
