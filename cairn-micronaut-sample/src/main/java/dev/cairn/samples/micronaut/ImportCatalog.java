package dev.cairn.samples.micronaut;

import dev.cairn.JobKind;

// docs: micronaut.md
@JobKind("import_catalog")
record ImportCatalog(String file) {}
// end docs
