package dev.cairn.spring.boot.actuate;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties {@code management.health.cairn.*}. May get further components.
 *
 * @param failingMax Time that claims of a queue may fail before the client counts as down.
 */
@ConfigurationProperties("management.health.cairn")
public record CairnHealthProperties(@DefaultValue("30s") Duration failingMax) {}
