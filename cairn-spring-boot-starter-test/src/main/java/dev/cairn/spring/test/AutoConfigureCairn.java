package dev.cairn.spring.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;

/**
 * Adds a {@link CairnTester} to a test of an application, for example beside
 * {@code @SpringBootTest}. Jobs are inserted as usual, but no client works them. The test works
 * them, with {@link CairnTester#drain} and {@link CairnTester#work}. The tables are created if they
 * are missing. Without a data source, a connection of Testcontainers or {@code
 * spring.datasource.url}, the test gets a fresh database of an embedded PostgreSQL.
 *
 * <p>It sets {@code cairn.work=false} and {@code cairn.migrate=up}. Properties of the test itself
 * override both.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@ImportAutoConfiguration
public @interface AutoConfigureCairn {}
