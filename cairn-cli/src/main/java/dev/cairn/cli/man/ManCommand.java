package dev.cairn.cli.man;

import dev.cairn.CairnException;
import dev.cairn.cli.Output;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./cairn man}: manual pages of all commands. */
@Command(
    name = "man",
    description = {
      "Write a manual page for each command into a folder, such as /usr/local/share/man/man1.",
      "Without a folder, print the page of cairn: ./cairn man | man -l -"
    })
public final class ManCommand implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Parameters(
      paramLabel = "FOLDER",
      arity = "0..1",
      description = "Where to write. It is created if it does not exist.")
  private @Nullable Path folder;

  /** Created by picocli. */
  public ManCommand() {}

  @Override
  public void run() {
    List<ManPage> pages = ManPage.of(spec.root());
    Output out = Output.of(spec);
    if (folder == null) {
      out.text(pages.getFirst().roff());
      return;
    }
    try {
      Files.createDirectories(folder);
      for (ManPage page : pages) {
        Files.writeString(folder.resolve(page.name() + ".1"), page.roff(), StandardCharsets.UTF_8);
      }
    } catch (IOException e) {
      throw new CairnException(
          "the manual pages cannot be written to %s: %s [CAIRN-902]".formatted(folder, e), e);
    }
    out.line("wrote %d manual pages to %s".formatted(pages.size(), folder));
  }
}
