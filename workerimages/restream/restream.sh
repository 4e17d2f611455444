#!/bin/sh
# Copies a stream as it is, without transcoding: <edge><app>/<stream> to the task's target. Ends when the stream ends;
# whoever runs it starts it again as long as the task is wanted.
#   CONCIERGE_CONFIGURATION  {"name": …, "app": …, "stream": …, "target": …, "format": "flv"|"mpegts"}
#   EDGES                    ingest servers, separated by blanks, each with its slash
#   PROGRESS_EVERY           so many of ffmpeg's reports (two a second) go by for each one that is shown
set -eu
configuration=${CONCIERGE_CONFIGURATION:?not set (expected: the configuration of the task, as JSON)}
refuse() { echo "restream: $1" >&2; exit 64; }
value() {
  printf '%s' "$configuration" | jq -er --arg key "$1" '.[$key] | strings | select(. != "")' ||
    refuse "$1: not in the configuration (expected: texts under name, app, stream, target and format)"
}
name=$(value name); app=$(value app); stream=$(value stream); target=$(value target); format=$(value format)
case $format in flv | mpegts) ;; *) refuse "format: $format (expected: flv or mpegts)" ;; esac

# One edge for each task, and the same after every restart: a task's configuration never changes.
set -- ${EDGES:?not set (expected: ingest servers, separated by blanks, each with its slash)}
sum=$(printf '%s' "$configuration" | cksum)
shift $((${sum%% *} % $#))
source=$1$app/$stream

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkfifo "$work/progress"
awk -F= -v every="${PROGRESS_EVERY:-20}" -v name="$name" '
  /^(frame|bitrate|speed)=/ { gsub(/ /, "", $2); value[$1] = $2 }
  /^progress=/ && (count++ % every == 0 || $2 == "end") {
    printf "%s: frames %s, bitrate %s, speed %s\n", name, value["frame"], value["bitrate"], value["speed"]; fflush()
  }' < "$work/progress" &
shown=$!

echo "$name: $source to $target as $format"
ffmpeg -y -nostdin -nostats -progress "$work/progress" -loglevel repeat+level+info -i "$source" -c copy -f "$format" "$target" &
copying=$!
trap 'kill -TERM "$copying" 2>/dev/null' TERM INT
code=0
wait "$copying" || code=$?
# A signal ends the first wait before ffmpeg has closed what it wrote.
if kill -0 "$copying" 2>/dev/null; then code=0; wait "$copying" || code=$?; fi
wait "$shown" || true
exit "$code"
