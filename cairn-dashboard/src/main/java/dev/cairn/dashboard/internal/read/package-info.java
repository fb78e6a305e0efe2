/** All SQL of the dashboard: reads the tables within bounds, in snapshots that cannot write. */
package dev.cairn.dashboard.internal.read;
