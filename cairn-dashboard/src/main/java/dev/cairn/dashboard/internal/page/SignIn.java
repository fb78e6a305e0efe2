package dev.cairn.dashboard.internal.page;

import dev.cairn.dashboard.Access;
import dev.cairn.dashboard.DashboardRequest;
import dev.cairn.dashboard.DashboardResponse;
import dev.cairn.dashboard.Grant;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Access by a link that works once: it becomes a session of the browser that opens it first.
 * Sessions end with the process, or after twelve hours. Thread-safe.
 */
public final class SignIn implements Access {
  /** The path of the link. */
  public static final String PATH = "/login";

  private static final Duration LENGTH_MAX = Duration.ofHours(12);
  private static final int SESSIONS_MAX = 20;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Grant grant;
  private final InstantSource clock;
  private final String cookie;
  private final Map<String, Instant> sessions = new LinkedHashMap<>();
  private @Nullable String token;

  /**
   * @param grant what the holder of a session may do
   */
  public SignIn(Grant grant, InstantSource clock) {
    this.grant = grant;
    this.clock = clock;
    // Cookies do not know ports: two dashboards of a machine must not end each other's sessions.
    this.cookie = "cairn_dashboard_" + random(4);
  }

  /** A new token, which replaces one that was not used. */
  public String newToken() {
    String fresh = random(24);
    synchronized (sessions) {
      token = fresh;
    }
    return fresh;
  }

  private static String random(int bytes) {
    byte[] random = new byte[bytes];
    RANDOM.nextBytes(random);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }

  @Override
  public Grant of(DashboardRequest request) {
    Optional<String> session = request.cookie(cookie);
    if (session.isEmpty()) {
      return Grant.nobody();
    }
    synchronized (sessions) {
      boolean known = false;
      for (Map.Entry<String, Instant> each : sessions.entrySet()) {
        known |= isSame(each.getKey(), session.get()) && isYoung(each.getValue());
      }
      return known ? grant : Grant.nobody();
    }
  }

  private boolean isYoung(Instant begun) {
    return clock.instant().isBefore(begun.plus(LENGTH_MAX));
  }

  private static boolean isSame(String one, String other) {
    return MessageDigest.isEqual(
        one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
  }

  /** Whether a browser opens the link before its user does, which would use it up. */
  private static boolean isAhead(DashboardRequest request) {
    return Stream.of("Sec-Purpose", "Purpose", "X-Moz")
        .anyMatch(name -> request.header(name).orElse("").contains("pre"));
  }

  private static DashboardResponse refused(String text) {
    return DashboardResponse.of(
            403, new DashboardResponse.Whole(text.getBytes(StandardCharsets.UTF_8)))
        .withHeader("Content-Type", "text/plain; charset=utf-8");
  }

  /** Answers a request for {@link #PATH}. */
  public DashboardResponse answer(DashboardRequest request) {
    String query = request.query() == null ? "" : request.query();
    String given = query.startsWith("token=") ? query.substring("token=".length()) : "";
    if (isAhead(request)) {
      return refused("This link works only when a person opens it, not for previews.");
    }
    String session = random(24);
    synchronized (sessions) {
      if (token == null || !isSame(token, given)) {
        return refused(
            "This link was used already, or is wrong. Ask for a new one where the dashboard was"
                + " started: for ./cairn dashboard, press Enter there.");
      }
      token = null;
      sessions.put(session, clock.instant());
      if (sessions.size() > SESSIONS_MAX) {
        sessions.remove(sessions.keySet().iterator().next());
      }
    }
    return DashboardResponse.of(303, new DashboardResponse.Whole(new byte[0]))
        .withHeader("Location", request.basePath() + "/")
        .withHeader(
            "Set-Cookie",
            "%s=%s; Path=%s/; HttpOnly; SameSite=Strict"
                .formatted(cookie, session, request.basePath()));
  }
}
