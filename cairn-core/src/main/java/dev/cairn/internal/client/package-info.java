/** The one place that puts the engine, the upkeep and the stores together behind the API. */
package dev.cairn.internal.client;
