package dev.cairn.internal.postgres;

import java.sql.Connection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** The connections on which threads run statements or have transactions. Thread-safe. */
final class ConnectionsInUse {
  private final Map<Connection, Thread> users =
      Collections.synchronizedMap(new IdentityHashMap<>());

  void begin(Thread user, Connection connection) {
    users.put(connection, user);
  }

  void end(Connection connection) {
    users.remove(connection);
  }

  List<Connection> of(Thread user) {
    synchronized (users) {
      return users.entrySet().stream()
          .filter(use -> use.getValue() == user)
          .map(Map.Entry::getKey)
          .toList();
    }
  }
}
