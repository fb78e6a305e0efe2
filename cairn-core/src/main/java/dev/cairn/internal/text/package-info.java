/**
 * How values are written in logs and messages, and how large texts may be. Knows nothing of jobs.
 */
package dev.cairn.internal.text;
