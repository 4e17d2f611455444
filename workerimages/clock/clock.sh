#!/bin/sh
# Says the time: the example for authors of task types. CONCIERGE_CONFIGURATION: {"every": SECONDS}
set -eu
every=$(printf '%s' "${CONCIERGE_CONFIGURATION:-}" | sed -n 's/.*"every"[[:space:]]*:[[:space:]]*\([0-9][0-9]*\).*/\1/p')
[ -n "$every" ] || { echo 'clock: every: no whole number (expected: {"every": 5}, in seconds)' >&2; exit 64; }
# What runs in the foreground keeps a shell from hearing TERM.
trap 'exit 0' TERM INT
while :; do
  date -u +%Y-%m-%dT%H:%M:%SZ
  sleep "$every" & wait $!
done
