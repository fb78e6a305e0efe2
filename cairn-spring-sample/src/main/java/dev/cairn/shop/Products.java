package dev.cairn.shop;

import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Modifying;
import org.springframework.data.jpa.repository.Query;

interface Products extends JpaRepository<Product, Long> {
  /** Takes pieces from the stock; returns 0 if there are not that many, or no such product. */
  @Modifying
  @Query(
      "update Product p set p.stock = p.stock - :pieces where p.id = :product and p.stock >= :pieces")
  int take(long product, int pieces);
}
