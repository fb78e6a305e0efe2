package dev.cairn.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * Checks whether other users could change the file or folder at a path. Root could, and is trusted.
 * If files have no owners and modes as on Unix, nothing is checked.
 *
 * @param us the numeric id of our user
 */
record Ownership(int us) {
  private static final int ROOT = 0;
  private static final int WRITABLE_BY_OTHERS = 0022;
  private static final int ENTERED_BY_OTHERS = 0011;
  private static final int ENTERED_BY_ALL = 0001;
  private static final int STICKY = 01000;
  private static final int TYPE = 0170000;
  private static final int LINK = 0120000;

  /**
   * The checks for the user who runs this JVM.
   *
   * @param ours a file or folder that this JVM has created
   */
  static Ownership of(Path ours) throws IOException {
    return new Ownership(isKnown(ours) ? (int) Files.getAttribute(ours, "unix:uid") : ROOT);
  }

  static boolean isKnown(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("unix");
  }

  boolean areWeRoot(Path ours) {
    return isKnown(ours) && us == ROOT;
  }

  /** The reason why others could change this file or folder itself; empty if they cannot. */
  Optional<String> objectionTo(Path path) throws IOException {
    return isKnown(path) ? Attributes.of(path).objection(us, false) : Optional.empty();
  }

  /**
   * The reason why others could replace a folder by something else; empty if they cannot.
   *
   * @param folder a real path, without links
   */
  Optional<String> objectionToTheWayTo(Path folder) throws IOException {
    if (!isKnown(folder)) {
      return Optional.empty();
    }
    boolean isClosed = false;
    for (Path each : fromTheRoot(folder)) {
      Attributes attributes = Attributes.of(each);
      // A folder below one that is closed to others may have any mode: home folders are closed more
      // often than the folders in them. In a sticky folder, such as /tmp, users can move only their
      // own files.
      boolean isSafe = isClosed || attributes.isSticky();
      Optional<String> objection = attributes.objection(us, isSafe);
      if (objection.isPresent()) {
        return objection;
      }
      isClosed |= (attributes.mode & ENTERED_BY_OTHERS) == 0;
    }
    return Optional.empty();
  }

  /** Whether a user who is not in our groups can access a folder. */
  static boolean isOpenToAll(Path folder) throws IOException {
    for (Path each : fromTheRoot(folder)) {
      if (isKnown(each) && (Attributes.of(each).mode & ENTERED_BY_ALL) == 0) {
        return false;
      }
    }
    return true;
  }

  private static Deque<Path> fromTheRoot(Path folder) {
    var way = new ArrayDeque<Path>();
    for (Path each = folder; each != null; each = each.getParent()) {
      way.addFirst(each);
    }
    return way;
  }

  private record Attributes(Path path, int owner, int mode) {
    static Attributes of(Path path) throws IOException {
      return new Attributes(path, number(path, "unix:uid"), number(path, "unix:mode"));
    }

    private static int number(Path path, String name) throws IOException {
      return (int) Files.getAttribute(path, name, LinkOption.NOFOLLOW_LINKS);
    }

    boolean isSticky() {
      return (mode & STICKY) != 0;
    }

    /** The mode of a link has no meaning: a link cannot be changed, only replaced. */
    boolean isLink() {
      return (mode & TYPE) == LINK;
    }

    Optional<String> objection(int us, boolean mayBeWritable) {
      if (owner != us && owner != ROOT) {
        return Optional.of("%s belongs to the user with id %d".formatted(path, owner));
      }
      return (mode & WRITABLE_BY_OTHERS) == 0 || isLink() || mayBeWritable
          ? Optional.empty()
          : Optional.of("%s is writable by others".formatted(path));
    }
  }
}
