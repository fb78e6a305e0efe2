package dev.cairn.spring.test.shop;

import dev.cairn.Cairn;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Not a worker: not in a slice. */
@Service
public class Orders {
  private final JdbcClient jdbc;
  private final Cairn cairn;

  Orders(JdbcClient jdbc, Cairn cairn) {
    this.jdbc = jdbc;
    this.cairn = cairn;
  }

  /** Saves an order and has it shipped. */
  @Transactional
  public void order(long id) {
    jdbc.sql("INSERT INTO orders VALUES (?)").param(id).update();
    cairn.insert(new Shop.Ship(id));
  }
}
