/** The JSON objects of the API, and how they are put together from what was read. */
package dev.cairn.dashboard.internal.view;
