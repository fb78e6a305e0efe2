package dev.cairn.dashboard.internal.page;

import dev.cairn.dashboard.Dashboard;
import dev.cairn.dashboard.DashboardRequest;
import dev.cairn.dashboard.DashboardResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The files of the page, which hold no data. */
public final class PageFiles {
  private static final Pattern ASSET = Pattern.compile("/assets/[A-Za-z0-9_-][A-Za-z0-9._-]*");

  private static final Map<String, String> TYPES =
      Map.of(
          "js", "text/javascript; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "svg", "image/svg+xml",
          "png", "image/png",
          "ico", "image/x-icon",
          "woff2", "font/woff2",
          "json", "application/json",
          "map", "application/json",
          "txt", "text/plain; charset=utf-8");

  private static final SecureRandom RANDOM = new SecureRandom();

  private final String frameAncestors;

  /**
   * @param frameAncestors which pages may show this one in a frame, as in a Content-Security-Policy
   */
  public PageFiles(String frameAncestors) {
    this.frameAncestors = frameAncestors;
  }

  /** Empty if the path is none of a file. */
  public Optional<DashboardResponse> answer(DashboardRequest request) {
    String path = request.path();
    if (ASSET.matcher(path).matches()) {
      return Optional.of(asset(path.substring(1)));
    }
    return isView(path) ? Optional.of(index(request.basePath())) : Optional.empty();
  }

  /** The page shows all views by itself: any path that names no file. */
  private static boolean isView(String path) {
    return !path.startsWith("/api") && path.lastIndexOf('.') <= path.lastIndexOf('/');
  }

  private static DashboardResponse asset(String name) {
    byte[] bytes = read(name);
    if (bytes == null) {
      return text(404, "There is no such file.");
    }
    String type =
        TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "application/octet-stream");
    return whole(200, type, bytes)
        .withHeader("Cache-Control", "public, max-age=31536000, immutable");
  }

  private DashboardResponse index(String basePath) {
    byte[] bytes = read("index.html");
    if (bytes == null) {
      return text(
          200,
          "This build has no page: it was built without its front end. The API is below api/.");
    }
    String nonce = nonce();
    String html =
        new String(bytes, StandardCharsets.UTF_8)
            .replace("__NONCE__", nonce)
            .replace("__BASE__", escaped(basePath) + "/");
    return whole(200, "text/html; charset=utf-8", html.getBytes(StandardCharsets.UTF_8))
        .withHeader("Content-Security-Policy", policy(nonce));
  }

  private String policy(String nonce) {
    return "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-%s'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors %s"
        .formatted(nonce, frameAncestors);
  }

  private static String nonce() {
    byte[] random = new byte[16];
    RANDOM.nextBytes(random);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }

  private static String escaped(String path) {
    return path.replace("&", "&amp;").replace("\"", "&quot;").replace("<", "&lt;");
  }

  private static DashboardResponse text(int status, String text) {
    return whole(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
  }

  private static DashboardResponse whole(int status, String type, byte[] bytes) {
    return DashboardResponse.of(status, new DashboardResponse.Whole(bytes))
        .withHeader("Content-Type", type);
  }

  private static byte @Nullable [] read(String name) {
    try (var stream = Dashboard.class.getResourceAsStream("page/" + name)) {
      return stream == null ? null : stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
