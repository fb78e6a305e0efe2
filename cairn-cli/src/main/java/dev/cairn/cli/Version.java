package dev.cairn.cli;

import picocli.CommandLine.IVersionProvider;

/** The version, as the build wrote it into the manifest of the jar. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = Version.class.getPackage().getImplementationVersion();
    return new String[] {
      "cairn " + (version == null ? "(not packaged)" : version), "Java " + Runtime.version(),
    };
  }
}
