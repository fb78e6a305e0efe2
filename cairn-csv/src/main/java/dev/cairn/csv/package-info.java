/** CSV files as {@link dev.cairn.source.Source sources}, taken apart by FastCSV. */
package dev.cairn.csv;
