package dev.cairn.examples.pages;

import java.io.StringReader;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** A pom as it is written: nothing is inherited, and no property is replaced. */
record Pom(Element project) {
  static Pom ofModule(String folder) {
    return of(String.join("\n", PageCode.lines(Path.of("..", folder, "pom.xml"))));
  }

  static Pom of(String xml) {
    try {
      var factory = DocumentBuilderFactory.newInstance();
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      return new Pom(
          factory
              .newDocumentBuilder()
              .parse(new InputSource(new StringReader(xml)))
              .getDocumentElement());
    } catch (Exception e) {
      throw new IllegalArgumentException("not a pom: " + xml, e);
    }
  }

  String artifact() {
    return text(project, "artifactId");
  }

  String version() {
    return text(project, "version");
  }

  /** All elements of this name, at any depth. */
  Stream<Element> all(String name) {
    NodeList found = project.getElementsByTagName(name);
    return IntStream.range(0, found.getLength()).mapToObj(i -> (Element) found.item(i));
  }

  /** The versions of the managed dependencies, by artifact. */
  Map<String, String> managed() {
    Map<String, String> managed = new LinkedHashMap<>();
    all("dependencyManagement")
        .map(Pom::new)
        .flatMap(it -> it.all("dependency"))
        .forEach(it -> managed.put(text(it, "artifactId"), text(it, "version")));
    return managed;
  }

  /** The text of the child of this name; empty if there is none. */
  static String text(Element parent, String name) {
    for (Node child = parent.getFirstChild(); child != null; child = child.getNextSibling()) {
      if (child.getNodeName().equals(name)) {
        return child.getTextContent().strip();
      }
    }
    return "";
  }
}
