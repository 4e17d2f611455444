/** Where the program begins: {@link concierge.Main}, and the roles it puts together. */
@NullMarked
package concierge;

import org.jspecify.annotations.NullMarked;
