/**
 * Jobs that continue where they stopped: steps that run once, cursors that remember how far a step
 * has come, and the one middleware behind them. Built on the public API and the spi alone.
 */
package dev.cairn.resumable;
