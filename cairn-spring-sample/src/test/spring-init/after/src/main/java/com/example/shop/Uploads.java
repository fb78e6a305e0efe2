package com.example.shop;

import dev.cairn.Cairn;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

@Service
public class Uploads {
  private final UploadRepository repository;
  private final Cairn cairn;

  Uploads(UploadRepository repository, Cairn cairn) {
    this.repository = repository;
    this.cairn = cairn;
  }

  @Transactional
  public void upload(String file) {
    repository.save(new Upload(file));
    cairn.insert(new ImportCatalog(file));
  }
}
