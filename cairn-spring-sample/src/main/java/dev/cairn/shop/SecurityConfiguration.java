package dev.cairn.shop;

import jakarta.servlet.DispatcherType;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.crypto.factory.PasswordEncoderFactories;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;

/** The roles that may use each endpoint. */
@Configuration(proxyBeanMethods = false)
class SecurityConfiguration {
  @Bean
  SecurityFilterChain rules(HttpSecurity http) throws Exception {
    // docs: spring.md
    http.authorizeHttpRequests(requests -> {
      requests.dispatcherTypeMatchers(DispatcherType.ERROR, DispatcherType.ASYNC).permitAll();
      requests.requestMatchers("/actuator/health").permitAll();
      requests.requestMatchers("/actuator/**").hasRole("OPERATOR");
      requests.requestMatchers("/cairn/**").hasRole("OPERATOR");
      requests.requestMatchers("/catalogs/**").hasRole("CLERK");
      requests.requestMatchers("/orders").hasRole("CUSTOMER");
      requests.anyRequest().denyAll();
    });
    // end docs
    http.httpBasic(Customizer.withDefaults());
    // Clients send a password with each request: there are no sessions and no cookies.
    http.sessionManagement(it -> it.sessionCreationPolicy(SessionCreationPolicy.STATELESS));
    http.csrf(csrf -> csrf.disable());
    return http.build();
  }

  /** Three users to try the shop with. Your own application has its own users. */
  @Bean
  UserDetailsService users(PasswordEncoder encoder, @Value("${shop.password}") String password) {
    String encoded = encoder.encode(password);
    return new InMemoryUserDetailsManager(
        user("ada", encoded, "CUSTOMER"),
        user("ben", encoded, "CLERK"),
        user("eve", encoded, "OPERATOR"));
  }

  @Bean
  PasswordEncoder passwordEncoder() {
    return PasswordEncoderFactories.createDelegatingPasswordEncoder();
  }

  private static UserDetails user(String name, String password, String role) {
    return User.withUsername(name).password(password).roles(role).build();
  }
}
