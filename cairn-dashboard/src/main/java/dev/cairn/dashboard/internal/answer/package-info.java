/** Refusals, and the JSON of requests and answers. */
package dev.cairn.dashboard.internal.answer;
