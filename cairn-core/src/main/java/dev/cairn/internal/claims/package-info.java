/**
 * What a client holds and for how long: the register of its claims, the lease that its heartbeat
 * renews, and the one deadline by which it stops. Decides nothing about jobs.
 */
package dev.cairn.internal.claims;
