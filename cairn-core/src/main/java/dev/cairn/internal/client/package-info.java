/** Combines the engine, the upkeep and the stores behind the API. No other package does this. */
package dev.cairn.internal.client;
