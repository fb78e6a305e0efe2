package dev.cairn.spring.boot;

import dev.cairn.dashboard.Access;
import dev.cairn.dashboard.Dashboard;
import dev.cairn.dashboard.DashboardBuilder;
import dev.cairn.dashboard.DashboardRequest;
import dev.cairn.dashboard.Grant;
import dev.cairn.dashboard.servlet.DashboardServlet;
import jakarta.servlet.Servlet;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;

/**
 * The dashboard under the application's own port and sign-in, if {@code cairn.dashboard.enabled} is
 * true. An {@link Access} bean, or the roles of the properties, say who may see it. With neither,
 * the application does not start.
 */
@AutoConfiguration(after = CairnAutoConfiguration.class)
@ConditionalOnClass({DashboardServlet.class, Servlet.class, ServletRegistrationBean.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnProperty("cairn.dashboard.enabled")
@ConditionalOnBean(JobsDatabase.class)
@EnableConfigurationProperties(CairnDashboardProperties.class)
final class CairnDashboardAutoConfiguration {
  @Bean
  @ConditionalOnMissingBean
  Dashboard cairnDashboard(
      JobsDatabase database,
      CairnProperties cairn,
      CairnDashboardProperties properties,
      ObjectProvider<Access> access) {
    DashboardBuilder dashboard = Dashboard.builder(database.dataSource());
    if (cairn.schema() != null) {
      dashboard.schema(cairn.schema());
    }
    if (properties.title() != null) {
      dashboard.title(properties.title());
    }
    Access own = access.getIfAvailable();
    return dashboard.access(own == null ? byRoles(properties) : own).build();
  }

  private static Access byRoles(CairnDashboardProperties properties) {
    String operator = CairnProperties.unlessBlank(properties.operatorRole());
    String reader = CairnProperties.unlessBlank(properties.readerRole());
    if (operator == null && reader == null) {
      throw new CairnConfigurationException(
          "Nothing says who may see the dashboard [CAIRN-711]",
          "Set cairn.dashboard.operator-role or cairn.dashboard.reader-role, or add a bean of type "
              + "dev.cairn.dashboard.Access");
    }
    return request -> grant(request, operator, reader);
  }

  private static Grant grant(
      DashboardRequest request, @Nullable String operator, @Nullable String reader) {
    String user = request.user();
    if (user == null) {
      return Grant.nobody();
    }
    if (operator != null && request.isInRole(operator)) {
      return Grant.operator(user);
    }
    return reader != null && request.isInRole(reader) ? Grant.reader(user) : Grant.nobody();
  }

  @Bean
  LiveViews cairnDashboardLiveViews(Dashboard dashboard) {
    return new LiveViews(dashboard);
  }

  @Bean
  ServletRegistrationBean<DashboardServlet> cairnDashboardServlet(
      Dashboard dashboard, CairnDashboardProperties properties) {
    String path = properties.path();
    if (!path.matches("(/[A-Za-z0-9._~-]+)+")) {
      throw new CairnConfigurationException(
          "cairn.dashboard.path is '%s', which is not a path [CAIRN-707]".formatted(path),
          "Set it to a path such as /cairn, without a slash at the end");
    }
    var servlet = new ServletRegistrationBean<>(new DashboardServlet(dashboard), path + "/*");
    servlet.setName("cairnDashboard");
    servlet.setAsyncSupported(true);
    return servlet;
  }
}
