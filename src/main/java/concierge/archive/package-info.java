/**
 * Folders as tar streams: what a client uploads and a server unpacks. Start with {@link
 * concierge.archive.Packer} (a folder becomes a tar whose digest depends on nothing but its content), {@link
 * concierge.archive.IgnoreFile} ({@code .dockerignore}) and {@link concierge.archive.Unpacker}.
 */
@NullMarked
package concierge.archive;

import org.jspecify.annotations.NullMarked;
