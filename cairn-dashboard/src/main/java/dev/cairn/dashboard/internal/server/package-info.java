/** The JDK's own HTTP server as an adapter. */
package dev.cairn.dashboard.internal.server;
