/** The files of the page, and the link that lets in. */
package dev.cairn.dashboard.internal.page;
