package dev.cairn.shop;

import dev.cairn.JobKind;

/** The job that imports an uploaded catalog. */
@JobKind("import_catalog")
record ImportCatalog(long catalog) {}
