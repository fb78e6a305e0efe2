package dev.cairn.embedded;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The user as whom PostgreSQL's programs run, because they refuse to run as root, and as a user
 * whose id has no name.
 */
enum ServerUser {
  OURSELVES {
    @Override
    List<String> command(List<String> words) {
      return words;
    }
  },

  /** Another user within a namespace, ours outside of it: the owners of files do not change. */
  IN_DISGUISE {
    @Override
    List<String> command(List<String> words) {
      var all = new ArrayList<>(List.of("unshare", "-U"));
      all.addAll(words);
      return all;
    }
  },

  /** The user {@code nobody}, for containers in which root may not create a namespace. */
  NOBODY {
    @Override
    List<String> command(List<String> words) {
      return List.of(
          "su",
          "-s",
          "/bin/sh",
          "nobody",
          "-c",
          words.stream().map(ServerUser::quoted).collect(Collectors.joining(" ")));
    }

    @Override
    boolean isAnother() {
      return true;
    }

    @Override
    void own(Path path) throws IOException {
      var users = path.getFileSystem().getUserPrincipalLookupService();
      Files.setOwner(path, users.lookupPrincipalByName("nobody"));
    }
  };

  private static final int PROBE_SECONDS = 10;

  /**
   * The first of these users that works on this machine.
   *
   * @param ours a file that this JVM has created
   */
  static ServerUser of(Path ours) throws IOException {
    return of(ours, ServerUser::works);
  }

  /**
   * Chooses a user.
   *
   * @param works whether a user can run programs here, and has a name within them
   */
  static ServerUser of(Path ours, Predicate<ServerUser> works) throws IOException {
    Ownership ownership = Ownership.of(ours);
    if (ownership.areWeRoot(ours)) {
      return first(
          works,
          List.of(IN_DISGUISE, NOBODY),
          "PostgreSQL refuses to run as root, and neither 'unshare -U' nor 'su nobody' works here:"
              + " run this process as another user");
    }
    String id = String.valueOf(ownership.us());
    // Java gives the id of a user in place of a name that is missing.
    if (!Ownership.isKnown(ours) || !Files.getOwner(ours).getName().equals(id)) {
      return OURSELVES;
    }
    // The last one is for a user whose name is the id.
    return first(
        works,
        List.of(IN_DISGUISE, OURSELVES),
        "PostgreSQL refuses to run as the user with id %s, which has no name, and 'unshare -U' does not work here: add a user with this id to /etc/passwd, or run this process as a user that is in it"
            .formatted(id));
  }

  private static ServerUser first(
      Predicate<ServerUser> works, List<ServerUser> users, String otherwise) {
    return users.stream()
        .filter(works)
        .findFirst()
        .orElseThrow(() -> new EmbeddedDatabaseException(otherwise + " [CAIRN-803]", null));
  }

  /** The command line that runs a command as this user. */
  abstract List<String> command(List<String> words);

  /** Whether this user is a different owner of files, and so needs access to ours. */
  boolean isAnother() {
    return false;
  }

  /**
   * A process of this user. If the user is not ours, the process does not get our environment. It
   * may contain secrets, and all processes of that user could read them.
   */
  ProcessBuilder process(List<String> words) {
    var process = new ProcessBuilder(command(words));
    if (isAnother()) {
      process.environment().keySet().retainAll(Set.of("PATH"));
    }
    return process;
  }

  /** Gives a file or folder to this user. */
  void own(Path path) throws IOException {
    // It already belongs to this user.
  }

  /** Gives a folder with its content to this user, each folder after its content. */
  void ownAll(Path folder) throws IOException {
    if (!isAnother()) {
      return;
    }
    try (var paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        own(path);
      }
    }
  }

  /** Asks for the name, without which PostgreSQL's programs do not run. */
  private boolean works() {
    try {
      Process probe =
          process(List.of("id", "-un"))
              .redirectOutput(Redirect.DISCARD)
              .redirectError(Redirect.DISCARD)
              .start();
      return probe.waitFor(PROBE_SECONDS, TimeUnit.SECONDS) && probe.exitValue() == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EmbeddedDatabaseException(
          "embedded PostgreSQL does not start: interrupted [CAIRN-801]", e);
    } catch (IOException e) {
      return false;
    }
  }

  /** Quotes a word, so that a shell takes it literally. */
  static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }
}
