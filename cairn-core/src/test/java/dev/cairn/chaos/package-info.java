/** Correctness under kill -9, with real processes: what was lost and what was done twice. */
package dev.cairn.chaos;
