package dev.cairn.samples.quarkus;

import dev.cairn.JobKind;

// docs: quarkus.md
@JobKind("import_catalog")
record ImportCatalog(String file) {}
// end docs
