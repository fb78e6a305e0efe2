/**
 * The sources that a step of a resumable job can process item by item: rows, files, pages, ranges.
 */
package dev.cairn.source;
