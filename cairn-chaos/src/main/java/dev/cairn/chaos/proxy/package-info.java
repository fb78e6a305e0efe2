/** A proxy between a client and PostgreSQL that reads along, and misbehaves when asked to. */
@NullMarked
package dev.cairn.chaos.proxy;

import org.jspecify.annotations.NullMarked;
