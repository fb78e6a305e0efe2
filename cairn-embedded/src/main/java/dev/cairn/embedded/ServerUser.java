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
import java.util.stream.Collectors;

/** As whom PostgreSQL's programs run: they refuse to be root. */
enum ServerUser {
  OURSELVES {
    @Override
    List<String> command(List<String> words) {
      return words;
    }
  },

  /** Root outside, nobody inside: files stay whose they are. */
  ROOT_IN_DISGUISE {
    @Override
    List<String> command(List<String> words) {
      var all = new ArrayList<>(List.of("unshare", "-U"));
      all.addAll(words);
      return all;
    }
  },

  /** For containers in which root may not disguise itself. */
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
   * The first that works here.
   *
   * @param ours a file that this JVM has made
   */
  static ServerUser of(Path ours) throws IOException {
    if (!Ownership.of(ours).areWeRoot(ours)) {
      return OURSELVES;
    }
    for (ServerUser user : List.of(ROOT_IN_DISGUISE, NOBODY)) {
      if (user.works()) {
        return user;
      }
    }
    throw new EmbeddedDatabaseException(
        "PostgreSQL refuses to run as root, and neither 'unshare -U' nor 'su nobody' works here:"
            + " use another user [CAIRN-803]",
        null);
  }

  /** A command as this user runs it. */
  abstract List<String> command(List<String> words);

  /** Whether this user owns other files than we do, and so needs to be let at ours. */
  boolean isAnother() {
    return false;
  }

  /**
   * A process of this user. Another one's gets none of our environment, which may hold secrets: all
   * processes of that user could read them.
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
    // It is ours already.
  }

  /** The same for a folder with all that is in it. Each folder comes after its content. */
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

  private boolean works() throws IOException {
    try {
      Process probe =
          process(List.of("true"))
              .redirectOutput(Redirect.DISCARD)
              .redirectError(Redirect.DISCARD)
              .start();
      return probe.waitFor(PROBE_SECONDS, TimeUnit.SECONDS) && probe.exitValue() == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (IOException e) {
      return false;
    }
  }

  /** A word as a shell takes it literally. */
  static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }
}
