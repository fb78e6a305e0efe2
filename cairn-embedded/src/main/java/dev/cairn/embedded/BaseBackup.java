package dev.cairn.embedded;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;

/**
 * A copy of a running server's data directory, from which a standby can start. The bundled programs
 * have no {@code pg_basebackup}.
 *
 * @param from the data directory of the server
 * @param to an empty private folder
 */
record BaseBackup(Path from, Path to) {
  /** The version of PostgreSQL that renamed the functions of a backup. */
  private static final int RENAMED_IN = 15;

  /** Files that only the running server needs. */
  private static final Set<String> LEFT_OUT =
      Set.of("postmaster.pid", "postmaster.opts", "standby.signal", "backup_label.old");

  /** Folders whose content the new server creates or receives itself. */
  private static final Set<String> LEFT_EMPTY =
      Set.of(
          "pg_wal",
          "pg_replslot",
          "pg_dynshmem",
          "pg_notify",
          "pg_serial",
          "pg_snapshots",
          "pg_stat_tmp",
          "pg_subtrans");

  /**
   * Copies the data directory while the server runs.
   *
   * @param connection the connection of a superuser. The backup is aborted if it is closed
   */
  void take(Connection connection) throws SQLException, IOException {
    boolean old = connection.getMetaData().getDatabaseMajorVersion() < RENAMED_IN;
    ask(
        connection,
        old
            ? "SELECT pg_start_backup('cairn', true, false)"
            : "SELECT pg_backup_start('cairn', true)");
    copy();
    String label =
        ask(
            connection,
            old
                ? "SELECT labelfile FROM pg_stop_backup(false, false)"
                : "SELECT labelfile FROM pg_backup_stop(false)");
    Files.writeString(Folders.createPrivateFile(to.resolve("backup_label")), label);
  }

  private void copy() throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            Path relative = from.relativize(folder);
            Folders.createPrivateFolders(to.resolve(relative));
            return LEFT_EMPTY.contains(relative.toString())
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Path relative = from.relativize(file);
            if (attributes.isRegularFile() && !LEFT_OUT.contains(relative.toString())) {
              copyFile(file, to.resolve(relative));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }
        });
  }

  /** The server may delete a file at any time. Its WAL then deletes the file in the copy too. */
  private static void copyFile(Path file, Path copy) throws IOException {
    try {
      Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      Files.deleteIfExists(copy);
    }
  }

  private static String ask(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
