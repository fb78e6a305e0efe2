/** Sentences about jobs, made of facts alone: no SQL, no JSON. */
package dev.cairn.dashboard.internal.words;
