/**
 * The API: {@link dev.cairn.Cairn} is the client, a {@link dev.cairn.Worker} works the jobs of one
 * kind. Never mentions anything internal.
 *
 * <h2>What may grow in a minor version</h2>
 *
 * <ul>
 *   <li>Options that you build, such as {@link dev.cairn.InsertOptions}, are immutable classes.
 *       Start with the static method and change what differs with the other methods. These classes
 *       may get further settings.
 *   <li>Types that you only read are records. If the documentation says that a record may get
 *       further components, read its components by their names. A record pattern and a call of the
 *       constructor name all components, so you would have to change them.
 *   <li>Enums and sealed interfaces say whether they may get further constants or types. A {@code
 *       switch} over a type that may grow needs a {@code default}.
 * </ul>
 *
 * <p>The same applies to the packages beside this one.
 */
package dev.cairn;
