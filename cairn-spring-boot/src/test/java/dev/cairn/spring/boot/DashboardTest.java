package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.dashboard.Access;
import dev.cairn.dashboard.Dashboard;
import dev.cairn.dashboard.DashboardRequest;
import dev.cairn.dashboard.DashboardResponse;
import dev.cairn.dashboard.Grant;
import dev.cairn.dashboard.servlet.DashboardServlet;
import dev.cairn.testing.CairnExtension;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.web.servlet.ServletRegistrationBean;

/** The dashboard in an application: closed, unless somebody says who may see it. */
class DashboardTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final WebApplicationContextRunner application =
      new WebApplicationContextRunner()
          .withBean(com.zaxxer.hikari.HikariDataSource.class, () -> Applications.pool(cairn))
          .withConfiguration(
              AutoConfigurations.of(
                  DataSourceTransactionManagerAutoConfiguration.class,
                  TransactionAutoConfiguration.class,
                  CairnAutoConfiguration.class,
                  CairnDashboardAutoConfiguration.class));

  private final WebApplicationContextRunner enabled =
      application.withPropertyValues("cairn.dashboard.enabled=true");

  private static DashboardResponse session(
      Dashboard dashboard, @Nullable String user, String role) {
    return dashboard.answer(
        DashboardRequest.of("GET", "/api/session", null, Map.of())
            .withBasePath("/cairn")
            .withUser(user, role::equals));
  }

  private static String text(DashboardResponse response) {
    return new String(
        ((DashboardResponse.Whole) response.content()).bytes(), StandardCharsets.UTF_8);
  }

  @Test
  void isNotThereUnlessAskedFor() {
    application.run(context -> assertThat(context).doesNotHaveBean(Dashboard.class));
    enabled
        .withClassLoader(new FilteredClassLoader(DashboardServlet.class))
        .run(
            context -> assertThat(context).hasNotFailed().doesNotHaveBean("cairnDashboardServlet"));
  }

  @Test
  void doesNotStartUnlessSomethingSaysWhoMaySeeIt() {
    enabled.run(context ->
        assertThat(Objects.requireNonNull(context.getStartupFailure()))
            .rootCause()
            .hasMessageContaining("CAIRN-711"));
  }

  /** As {@code ${OPS_ROLE:}} leaves it where the variable is not set. */
  @Test
  void anEmptyRoleIsNone() {
    enabled
        .withPropertyValues("cairn.dashboard.operator-role=", "cairn.dashboard.reader-role= ")
        .run(context ->
            assertThat(Objects.requireNonNull(context.getStartupFailure()))
                .rootCause()
                .hasMessageContaining("CAIRN-711"));
  }

  @Test
  void letsInTheRolesOfTheProperties() {
    enabled
        .withPropertyValues(
            "cairn.dashboard.operator-role=OPS",
            "cairn.dashboard.reader-role=SUPPORT",
            "cairn.dashboard.path=/ops/jobs",
            "cairn.dashboard.title=Shop")
        .run(context -> {
          ServletRegistrationBean<?> servlet = context.getBean(ServletRegistrationBean.class);
          assertThat(servlet.getUrlMappings()).containsExactly("/ops/jobs/*");
          assertThat(servlet.isAsyncSupported()).isTrue();
          Dashboard dashboard = context.getBean(Dashboard.class);
          assertThat(session(dashboard, null, "OPS").status()).isEqualTo(401);
          assertThat(session(dashboard, "eve", "CUSTOMER").status()).isIn(401, 403);
          assertThat(text(session(dashboard, "ben", "SUPPORT")))
              .contains("\"ben\"", "\"verbs\":[]", "\"args\":false", "\"Shop\"");
          assertThat(text(session(dashboard, "ada", "OPS")))
              .contains("\"ada\"", "\"cancel\"", "\"args\":true");
        });
  }

  @Test
  void asksTheAccessOfTheApplication() {
    enabled
        .withBean(Access.class, () -> request -> Grant.reader("guest"))
        .run(context ->
            assertThat(text(session(context.getBean(Dashboard.class), null, "")))
                .contains("\"guest\""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cairn", "/cairn/", "/", "", "/a b", "/*"})
  void aWrongPathIsNamed(String path) {
    enabled
        .withPropertyValues("cairn.dashboard.operator-role=OPS", "cairn.dashboard.path=" + path)
        .run(context ->
            assertThat(Objects.requireNonNull(context.getStartupFailure()))
                .rootCause()
                .hasMessageContaining("CAIRN-707"));
  }
}
