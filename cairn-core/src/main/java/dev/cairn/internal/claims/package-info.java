/**
 * The claims of a client and their time: the register of claims, the lease that the heartbeat
 * renews, and the deadline by which a client stops. Makes no decisions about jobs.
 */
package dev.cairn.internal.claims;
