package com.example.shop;

import dev.cairn.JobKind;

@JobKind("import_catalog")
record ImportCatalog(String file) {}
