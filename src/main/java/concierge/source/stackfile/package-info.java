/**
 * The stack file ({@code viking.yml}): text to intent. Start with {@link
 * concierge.source.stackfile.StackFile#parse}: {@code YamlReader} makes a small tree with places, {@code
 * StackReader} and {@code ServiceReader} read it by {@code Section}s, {@code CrossChecks} look at the whole;
 * {@code Findings} collects every problem on the way. No I/O.
 */
@NullMarked
package concierge.source.stackfile;

import org.jspecify.annotations.NullMarked;
