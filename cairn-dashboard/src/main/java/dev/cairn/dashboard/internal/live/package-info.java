/** Streams of events, the looks at the database that feed them, and what is remembered of these. */
package dev.cairn.dashboard.internal.live;
