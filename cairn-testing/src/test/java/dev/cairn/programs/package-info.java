/**
 * Random workers' programs against a reference that says what they mean. What lives here knows
 * steps only by their public interface; what strikes a job is here too.
 */
package dev.cairn.programs;
