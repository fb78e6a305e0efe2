package dev.cairn.dashboard.servlet;

import dev.cairn.dashboard.Dashboard;
import dev.cairn.dashboard.DashboardRequest;
import dev.cairn.dashboard.DashboardResponse;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows a {@link Dashboard} within an application, under its port and its sign-in. Map it to a
 * prefix, such as {@code /cairn/*}, and allow asynchronous answers: live views need them.
 *
 * <p>The user that the server has authenticated is {@link DashboardRequest#user()}, and {@link
 * DashboardRequest#isInRole} asks the server, once for each role. The server knows both only while
 * it has the request. So a live view sends nothing after 30 seconds; it ends with its next update,
 * at most 15 seconds later, and the browser asks for it again, with the user and the roles of then.
 * The dashboard stays the caller's, who closes it.
 */
public final class DashboardServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  private static final Logger log = LoggerFactory.getLogger(DashboardServlet.class);

  private static final Duration STREAM_MAX = Duration.ofSeconds(30);

  private final transient Dashboard dashboard;

  /** Shows this dashboard. */
  public DashboardServlet(Dashboard dashboard) {
    this.dashboard = Objects.requireNonNull(dashboard, "dashboard");
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String base = request.getContextPath() + request.getServletPath();
    String path = request.getRequestURI().substring(base.length());
    if (path.isEmpty()) {
      // Relative addresses of the page need the slash.
      response.setStatus(HttpServletResponse.SC_FOUND);
      response.setHeader("Location", base + "/");
      return;
    }
    DashboardResponse answer = dashboard.answer(request(request, base, path));
    response.setStatus(answer.status());
    answer.headers().forEach(response::setHeader);
    switch (answer.content()) {
      case DashboardResponse.Whole whole -> {
        response.setContentLength(whole.bytes().length);
        response.getOutputStream().write(whole.bytes());
      }
      case DashboardResponse.Live live -> stream(request, live);
    }
  }

  private static DashboardRequest request(HttpServletRequest request, String base, String path)
      throws IOException {
    Map<String, List<String>> headers = new HashMap<>();
    for (String name : Collections.list(request.getHeaderNames())) {
      headers.put(name, Collections.list(request.getHeaders(name)));
    }
    // A stream asks again on another thread, where the request is no longer to be asked. That is
    // why it is short.
    Map<String, Boolean> roles = new ConcurrentHashMap<>();
    return DashboardRequest.of(request.getMethod(), path, request.getQueryString(), headers)
        .withBasePath(base)
        .withScheme(request.getScheme())
        .withUser(
            request.getRemoteUser(), role -> roles.computeIfAbsent(role, request::isUserInRole))
        .withBody(request.getInputStream());
  }

  /** The server's own thread is not kept for the minutes that a stream lasts. */
  private static void stream(HttpServletRequest request, DashboardResponse.Live live) {
    AsyncContext async = request.startAsync();
    async.setTimeout(0);
    Thread.ofVirtual().name("cairn-dashboard-stream").start(() -> stream(async, live));
  }

  private static void stream(AsyncContext async, DashboardResponse.Live live) {
    long end = System.nanoTime() + STREAM_MAX.toNanos();
    try {
      OutputStream out = async.getResponse().getOutputStream();
      live.events()
          .send(text -> {
            if (System.nanoTime() - end >= 0) {
              throw new OverException();
            }
            out.write(text.getBytes(StandardCharsets.UTF_8));
            async.getResponse().flushBuffer();
          });
    } catch (OverException e) {
      log.trace("A live view has lasted long enough");
    } catch (IOException e) {
      log.debug("A browser has gone", e);
    } finally {
      async.complete();
    }
  }

  /** Ends a stream whose user and roles are too old. */
  private static final class OverException extends IOException {
    private static final long serialVersionUID = 1L;
  }
}
