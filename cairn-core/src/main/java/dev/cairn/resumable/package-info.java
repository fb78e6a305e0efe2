/**
 * Jobs that continue where they stopped: steps that run once, cursors that remember the progress of
 * a step, and the middleware behind them. Uses only the public API and the SPI.
 */
package dev.cairn.resumable;
