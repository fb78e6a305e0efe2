/** The dashboard as a Servlet. Needs the Servlet API, which the application's server brings. */
package dev.cairn.dashboard.servlet;
