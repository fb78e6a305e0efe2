/**
 * The API: {@link dev.cairn.Cairn} is the client, a {@link dev.cairn.Worker} works the jobs of one
 * kind. Never mentions anything internal.
 */
package dev.cairn;
