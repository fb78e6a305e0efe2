package dev.cairn.benchmarks.measure;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;

/** The processor time of the compilers of a JVM. Known on Linux only. */
public final class CompilerCpu {
  private CompilerCpu() {}

  /** The time of a running JVM so far, to a hundredth of a second; zero if it is unknown. */
  public static Duration of(long pid) throws IOException {
    Path threads = Path.of("/proc", Long.toString(pid), "task");
    if (!Files.isDirectory(threads)) {
      return Duration.ZERO;
    }
    long ticks = 0;
    try (DirectoryStream<Path> all = Files.newDirectoryStream(threads)) {
      for (Path thread : all) {
        ticks += ticksOfCompiler(thread);
      }
    }
    return ProcStat.duration(ticks);
  }

  private static long ticksOfCompiler(Path thread) throws IOException {
    try {
      // Linux truncates the names of threads "C1 CompilerThread0" and "C2 CompilerThread0".
      return Files.readString(thread.resolve("comm")).matches("C[12] Compiler\\S*\\s*")
          ? ProcStat.read(thread.resolve("stat")).own()
          : 0;
    } catch (NoSuchFileException e) {
      // The thread has ended meanwhile.
      return 0;
    }
  }
}
