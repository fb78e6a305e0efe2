package dev.cairn.cli.demo;

import dev.cairn.JobKind;

/**
 * The job of the demo: record every file below a directory.
 *
 * @param directory an absolute path
 */
@JobKind("demo_inventory")
record Inventory(String directory) {}
