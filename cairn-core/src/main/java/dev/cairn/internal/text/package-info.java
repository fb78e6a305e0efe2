/**
 * How values are written in logs and messages, and how large texts may be. Does not depend on jobs.
 */
package dev.cairn.internal.text;
