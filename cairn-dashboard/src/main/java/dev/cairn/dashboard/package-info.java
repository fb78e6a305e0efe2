/**
 * A dashboard of the jobs of a schema, for any server. Knows HTTP only by {@link
 * dev.cairn.dashboard.DashboardRequest} and {@link dev.cairn.dashboard.DashboardResponse}.
 */
package dev.cairn.dashboard;
