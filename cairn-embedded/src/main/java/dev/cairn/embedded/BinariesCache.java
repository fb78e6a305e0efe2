package dev.cairn.embedded;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps unpacked programs from one run to the next. They are in the cache of our own user, because
 * everybody who can write there can run programs in our name.
 *
 * <p>A folder of programs is used only if nobody else can have written to it and none of its files
 * has changed since it was unpacked. Any other folder is moved aside, and the programs are unpacked
 * again. Each process unpacks into a folder with a unique name, so processes that do so at the same
 * time never conflict. At worst, the programs are there twice.
 *
 * @param places folders of caches, the best first
 * @param forAll whether users other than ours must be able to run the programs
 */
record BinariesCache(List<Path> places, Ownership ownership, boolean forAll) {
  private static final Logger log = LoggerFactory.getLogger(BinariesCache.class);
  private static final String FOLDER = "cairn";
  private static final String READY = "postgres-";
  private static final String UNPACKING = "unpacking-";
  private static final String REFUSED = "refused-";
  private static final int DIGEST_SHOWN = 32;
  private static final Duration ABANDONED_AFTER = Duration.ofHours(1);

  BinariesCache {
    places = List.copyOf(places);
  }

  /**
   * The cache of the user of this JVM.
   *
   * @param ours a folder that this JVM has created
   */
  static BinariesCache of(ServerUser user, Path ours) throws IOException {
    Ownership ownership = Ownership.of(ours);
    return new BinariesCache(
        places(
            System.getenv(),
            System.getProperty("os.name"),
            System.getProperty("user.home"),
            ownership.areWeRoot(ours)),
        ownership,
        user.isAnother());
  }

  /** The usual places of caches. The user who runs the server may have no access to root's own. */
  static List<Path> places(
      Map<String, String> environment, String osName, @Nullable String home, boolean root) {
    var places = new ArrayList<Path>();
    String os = osName.toLowerCase(Locale.ROOT);
    add(places, environment.get("XDG_CACHE_HOME"));
    if (places.isEmpty() && os.startsWith("windows")) {
      add(places, environment.get("LOCALAPPDATA"));
    } else if (places.isEmpty()) {
      add(places, home, os.startsWith("mac") ? "Library/Caches" : ".cache");
    }
    if (root) {
      places.add(Path.of("/var/cache"));
    }
    return places;
  }

  private static void add(List<Path> places, @Nullable String place, String... more) {
    if (place != null && Path.of(place).isAbsolute()) {
      places.add(Path.of(place, more));
    }
  }

  /**
   * The folder with {@code bin}, {@code lib} and {@code share}.
   *
   * @param temporary a private folder that is deleted later. It is used if there is no cache
   */
  Path home(Archive archive, Path temporary) throws IOException {
    String prefix = READY + archive.digest().substring(0, DIGEST_SHOWN) + "-";
    var problems = new ArrayList<String>();
    for (Path place : places) {
      try {
        Path folder = folder(place);
        Optional<Path> ready = ready(folder, prefix);
        return ready.isPresent() ? ready.get() : unpacked(archive, folder, prefix);
      } catch (IOException e) {
        problems.add(e.getClass() == IOException.class ? e.getMessage() : e.toString());
      }
    }
    log.info(
        "PostgreSQL's programs are unpacked for this server only, because no cache can be used"
            + " ({}). Set XDG_CACHE_HOME to a folder that only you can write to",
        problems.isEmpty() ? "no home folder" : String.join("; ", problems));
    Path home = temporary.resolve("programs");
    Files.createDirectory(home);
    archive.unpack(home);
    return opened(home);
  }

  /** Our folder in a cache. */
  private Path folder(Path place) throws IOException {
    Path real = Folders.createPrivateFolders(place).toRealPath();
    refuse(ownership.objectionToTheWayTo(real));
    Path folder = real.resolve(FOLDER);
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      Folders.createPrivateFolders(folder);
    }
    refuse(objectionTo(folder));
    if (forAll && !Ownership.isOpenToAll(opened(folder))) {
      throw new IOException("the user who runs the server cannot access " + folder);
    }
    return folder;
  }

  private Optional<Path> ready(Path folder, String prefix) throws IOException {
    for (Path candidate : list(folder, prefix)) {
      Optional<String> objection = objectionToPrograms(candidate);
      if (objection.isEmpty()) {
        return Optional.of(opened(candidate));
      }
      setAside(candidate, objection.get());
    }
    return Optional.empty();
  }

  private static void setAside(Path candidate, String objection) throws IOException {
    Path aside = candidate.resolveSibling(REFUSED + candidate.getFileName());
    try {
      Files.move(candidate, aside);
    } catch (NoSuchFileException e) {
      // Another process was faster.
      return;
    }
    log.warn(
        "PostgreSQL's programs in {} are not used: {}. They are moved aside to {} and unpacked"
            + " again [CAIRN-804]",
        candidate,
        objection,
        aside.getFileName());
  }

  private Path unpacked(Archive archive, Path folder, String prefix) throws IOException {
    for (Path abandoned : list(folder, UNPACKING)) {
      Instant changed = Files.getLastModifiedTime(abandoned).toInstant();
      if (changed.isBefore(Instant.now().minus(ABANDONED_AFTER))) {
        Folders.delete(abandoned);
      }
    }
    Path beside = Files.createTempDirectory(folder, UNPACKING);
    try {
      archive.unpack(beside);
      Manifest.of(beside).writeTo(beside);
      Optional<Path> ofAnotherProcess = ready(folder, prefix);
      if (ofAnotherProcess.isPresent()) {
        return ofAnotherProcess.get();
      }
      String unique = beside.getFileName().toString().substring(UNPACKING.length());
      return opened(
          Files.move(beside, folder.resolve(prefix + unique), StandardCopyOption.ATOMIC_MOVE));
    } finally {
      Folders.delete(beside);
    }
  }

  private Optional<String> objectionToPrograms(Path candidate) {
    try {
      Optional<String> objection = objectionTo(candidate);
      return objection.isPresent()
          ? objection
          : Manifest.in(candidate).objectionTo(candidate, ownership);
    } catch (IOException e) {
      return Optional.of(e.toString());
    }
  }

  private Optional<String> objectionTo(Path folder) throws IOException {
    return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
        ? ownership.objectionTo(folder)
        : Optional.of(folder + " is not a folder");
  }

  private static void refuse(Optional<String> objection) throws IOException {
    if (objection.isPresent()) {
      throw new IOException(objection.get());
    }
  }

  /** Opens one of our folders to the users who need it. */
  private Path opened(Path folder) throws IOException {
    if (forAll) {
      Folders.openToAll(folder);
    }
    return folder;
  }

  private static List<Path> list(Path folder, String prefix) throws IOException {
    var found = new ArrayList<Path>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, prefix + "*")) {
      entries.forEach(found::add);
    }
    found.sort(null);
    return found;
  }
}
