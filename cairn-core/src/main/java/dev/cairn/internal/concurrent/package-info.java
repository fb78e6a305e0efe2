/** The few concurrency classes that the other rooms share. Does not depend on jobs. */
package dev.cairn.internal.concurrent;
