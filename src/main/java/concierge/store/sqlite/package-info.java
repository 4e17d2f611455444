/**
 * The embedded store: one SQLite file in WAL mode that one process owns. Start with {@link
 * concierge.store.sqlite.SqliteStore}; {@code SqliteFile} opens and refuses, {@code SqliteWriter} is the
 * one thread that writes, {@code SqliteReaders} reads beside it.
 */
@NullMarked
package concierge.store.sqlite;

import org.jspecify.annotations.NullMarked;
