/**
 * The whole life of a client, from before its start until after its stop, in which it does all that
 * a client does: each kind of insertion, outcome, step, wait, operator's verb and duty of a leader.
 * What happens is noted in memory, beside what the database says of it.
 */
@NullMarked
package dev.cairn.chaos.life;

import org.jspecify.annotations.NullMarked;
