package dev.cairn.spring.boot;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties {@code cairn.dashboard.*}.
 *
 * @param enabled Whether to show the dashboard.
 * @param path Path of the dashboard, below that of the application.
 * @param title Title of the page.
 * @param readerRole Role of the users who may look, without arguments. By default, no role has this
 *     right.
 * @param operatorRole Role of the users who may see and do everything. By default, no role has this
 *     right.
 */
@ConfigurationProperties("cairn.dashboard")
record CairnDashboardProperties(
    @DefaultValue("false") boolean enabled,
    @DefaultValue("/cairn") String path,
    @Nullable String title,
    @Nullable String readerRole,
    @Nullable String operatorRole) {}
