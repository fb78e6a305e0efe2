package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.reflect.Modifier;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an adapter for a server builds and sends, and what can get further parts. */
class DashboardRequestTest {
  private static final DashboardRequest REQUEST =
      DashboardRequest.of("post", "/api/jobs", "a=b", Map.of("Accept", List.of("x", "y")));

  @ParameterizedTest
  @ValueSource(classes = {DashboardRequest.class, DashboardResponse.class})
  void canGrow(Class<?> type) {
    assertThat(Modifier.isFinal(type.getModifiers())).isTrue();
    assertThat(type.isRecord()).isFalse();
    assertThat(type.getConstructors()).isEmpty();
  }

  @Test
  void aRequestHasNoUserAndNoBodyUnlessGiven() throws Exception {
    assertThat(REQUEST.method()).isEqualTo("POST");
    assertThat(REQUEST.path()).isEqualTo("/api/jobs");
    assertThat(REQUEST.query()).isEqualTo("a=b");
    assertThat(REQUEST.basePath()).isEmpty();
    assertThat(REQUEST.scheme()).isEqualTo("http");
    assertThat(REQUEST.user()).isNull();
    assertThat(REQUEST.isInRole("ops")).isFalse();
    assertThat(REQUEST.body().readAllBytes()).isEmpty();
  }

  @Test
  void headersAreFoundInAnyCaseAndCannotBeChanged() {
    assertThat(REQUEST.header("accept")).hasValue("x");
    assertThat(REQUEST.headers()).containsKey("ACCEPT");
    assertThatThrownBy(() -> REQUEST.headers().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void eachWitherChangesItsPartAndNoOther() {
    InputStream body = new ByteArrayInputStream(new byte[] {1});
    DashboardRequest all =
        REQUEST
            .withBody(body)
            .withUser("ann", "ops"::equals)
            .withScheme("https")
            .withBasePath("/cairn");

    assertThat(parts(all))
        .isEqualTo(
            List.of("POST", "/cairn", "/api/jobs", "a=b", "https", REQUEST.headers(), "ann", body));
    assertThat(all.isInRole("ops")).isTrue();
    assertThat(all.isInRole("dev")).isFalse();
    assertThat(all.withUser(null, role -> true).isInRole("ops")).isFalse();
    assertThat(all.withBody(InputStream.nullInputStream()).user()).isEqualTo("ann");
    assertThat(REQUEST.basePath()).isEmpty();
  }

  private static List<Object> parts(DashboardRequest request) {
    return List.of(
        request.method(),
        request.basePath(),
        request.path(),
        String.valueOf(request.query()),
        request.scheme(),
        request.headers(),
        String.valueOf(request.user()),
        request.body());
  }

  @Test
  void itsTextHasNoSecrets() {
    assertThat(DashboardRequest.of("GET", "/sign-in", "token=secret", Map.of()))
        .hasToString("DashboardRequest[GET /sign-in]");
  }

  @Test
  void theHeadersOfAnAnswerKeepTheirOrder() {
    var content = new DashboardResponse.Whole(new byte[0]);
    DashboardResponse one =
        DashboardResponse.of(303, content).withHeader("Location", "/").withHeader("Age", "1");

    assertThat(one.headers()).containsExactly(Map.entry("Location", "/"), Map.entry("Age", "1"));
    assertThat(one.withHeader("Location", "/cairn/").headers())
        .containsExactly(Map.entry("Location", "/cairn/"), Map.entry("Age", "1"));
    var others = new LinkedHashMap<>(Map.of("Vary", "*"));
    DashboardResponse other = one.withHeaders(others);
    others.clear();
    assertThat(other.headers()).containsExactly(Map.entry("Vary", "*"));
    assertThat(other.status()).isEqualTo(303);
    assertThat(other.content()).isSameAs(content);
  }
}
