/** The program of docs/first-job.md, in a package of its own as in the project of its reader. */
@NullMarked
package firstjob;

import org.jspecify.annotations.NullMarked;
