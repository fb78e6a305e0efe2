package dev.cairn.shop;

import org.springframework.data.jpa.repository.JpaRepository;

interface Catalogs extends JpaRepository<Catalog, Long> {}
