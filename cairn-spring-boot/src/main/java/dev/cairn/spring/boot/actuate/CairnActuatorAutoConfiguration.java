package dev.cairn.spring.boot.actuate;

import dev.cairn.Cairn;
import dev.cairn.spring.boot.CairnAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.info.ConditionalOnEnabledInfoContributor;
import org.springframework.boot.actuate.autoconfigure.info.InfoContributorFallback;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.info.InfoContributor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/** Cairn in Spring Boot's Actuator, as far as that is there. */
@AutoConfiguration(after = CairnAutoConfiguration.class)
@ConditionalOnBean(Cairn.class)
public final class CairnActuatorAutoConfiguration {
  /** Health. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
  @EnableConfigurationProperties(CairnHealthProperties.class)
  static class HealthConfiguration {
    @Bean
    @ConditionalOnEnabledHealthIndicator("cairn")
    @ConditionalOnMissingBean(name = {"cairnHealthIndicator", "cairnHealthContributor"})
    CairnHealthIndicator cairnHealthIndicator(
        Cairn client, CairnHealthProperties properties, Environment environment) {
      boolean works = environment.getProperty("cairn.work", Boolean.class, true);
      return new CairnHealthIndicator(client, works, properties.failingMax());
    }
  }

  /** The endpoint. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({Endpoint.class, ConditionalOnAvailableEndpoint.class})
  static class EndpointConfiguration {
    @Bean
    @ConditionalOnAvailableEndpoint
    @ConditionalOnMissingBean
    CairnEndpoint cairnEndpoint(Cairn client) {
      return new CairnEndpoint(client);
    }
  }

  /** Information. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({InfoContributor.class, ConditionalOnEnabledInfoContributor.class})
  static class InfoConfiguration {
    @Bean
    @ConditionalOnEnabledInfoContributor(
        value = "cairn",
        fallback = InfoContributorFallback.DISABLE) // it names the host
    @ConditionalOnMissingBean
    CairnInfoContributor cairnInfoContributor(Cairn client) {
      return new CairnInfoContributor(client);
    }
  }
}
