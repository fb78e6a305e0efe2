/**
 * The sources that a step of a resumable job can go through item by item: rows, files, pages,
 * ranges.
 */
package dev.cairn.source;
