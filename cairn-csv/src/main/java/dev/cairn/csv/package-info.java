/** CSV files as {@link dev.cairn.source.Source sources}. */
package dev.cairn.csv;
