package firstjob;

import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.embedded.ServerOptions;
import java.io.IOException;
import java.nio.file.Path;

/** A PostgreSQL server for trying things out. Keeps its data in the folder {@code data}. */
public final class Server {
  private Server() {}

  public static void main(String[] args) throws IOException {
    try (var server =
        EmbeddedDatabase.start(ServerOptions.defaults().withDataDirectory(Path.of("data")))) {
      FreshDatabase database = server.database("firstjob");
      System.out.printf(
          "export DATABASE_URL='%s?user=%s&password=%s'%n",
          database.jdbcUrl(), database.user(), database.password());
      System.out.println("Press Enter to stop the server.");
      System.in.read();
    }
  }
}
