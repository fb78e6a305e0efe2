package com.example.shop;

import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

@Service
public class Uploads {
  private final UploadRepository repository;

  Uploads(UploadRepository repository) {
    this.repository = repository;
  }

  @Transactional
  public void upload(String file) {
    repository.save(new Upload(file));
  }
}
