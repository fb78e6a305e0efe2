/**
 * The whole life of a client, from before its start until after its stop. In this life the client
 * does everything that a client can do: each kind of insertion, outcome, step, wait, operation and
 * duty of a leader. Workers note in memory what happens, for comparison with the database.
 */
@NullMarked
package dev.cairn.chaos.life;

import org.jspecify.annotations.NullMarked;
