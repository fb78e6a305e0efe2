/**
 * The API: {@link dev.cairn.Cairn} is the client, a {@link dev.cairn.Worker} works the jobs of one
 * kind. Never mentions anything internal.
 *
 * <h2>What may grow in a minor version</h2>
 *
 * <ul>
 *   <li>What you build to say how something is done, such as {@link dev.cairn.InsertOptions}, is an
 *       immutable class: begin with its static method and change what differs with its others. It
 *       may get further settings.
 *   <li>What you only read is a record. Where its documentation says that it may get further
 *       components, read them by their names: a record pattern and a call of the constructor name
 *       all components, and would have to be changed.
 *   <li>Enums and sealed interfaces say whether they may get further constants or types. Give a
 *       {@code switch} over one that may a {@code default}.
 * </ul>
 *
 * <p>The same holds for the packages beside this one.
 */
package dev.cairn;
