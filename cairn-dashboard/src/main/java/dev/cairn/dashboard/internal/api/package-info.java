/** The routes of the API: reads requests, asks who may, and calls the other rooms. */
package dev.cairn.dashboard.internal.api;
