/** A proxy between a client and PostgreSQL that reads the protocol and can misbehave. */
@NullMarked
package dev.cairn.chaos.proxy;

import org.jspecify.annotations.NullMarked;
