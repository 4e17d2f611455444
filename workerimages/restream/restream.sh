#!/bin/sh
# Copies a stream as it is, without transcoding: <edge><app>/<stream> to the task's target. Ends when the stream ends,
# or stands still; whoever runs it starts it again as long as the task is wanted.
#   CONCIERGE_CONFIGURATION  {"name": …, "app": …, "stream": …, "target": …, "format": "flv"|"mpegts"}
#   EDGES                    ingest servers, separated by blanks, each with its slash
#   PROGRESS_EVERY           so many of ffmpeg's reports (two a second) go by for each one that is told; 10
#   STALL                    seconds without anything new after which it gives up; 15
set -eu
configuration=${CONCIERGE_CONFIGURATION:?not set (expected: the configuration of the task, as JSON)}
refuse() { echo "restream: $1" >&2; exit "${2:-64}"; }
for program in ffmpeg jq; do
  command -v "$program" > /dev/null || refuse "$program: not found in $PATH (expected: installed, as in the image; Debian: apt install ffmpeg jq)" 69
done
value() {
  printf '%s' "$configuration" | jq -er --arg key "$1" '.[$key] | strings | select(. != "")' ||
    refuse "$1: not in the configuration (expected: texts under name, app, stream, target and format)"
}
name=$(value name); app=$(value app); stream=$(value stream); target=$(value target); format=$(value format)
case $format in flv | mpegts) ;; *) refuse "format: $format (expected: flv or mpegts)" ;; esac

# One edge for each task, and the same after every restart: a task's configuration never changes.
set -f
set -- ${EDGES:?not set (expected: ingest servers, separated by blanks, each with its slash)}
sum=$(printf '%s' "$configuration" | cksum)
shift $((${sum%% *} % $#))
case $1 in */) ;; *) refuse "EDGES: $1 (expected: a slash at its end, as rtmp://ingest-a:1936/)" ;; esac
source=$1$app/$stream

work=$(mktemp -d)
copying= watching=
end() { for process in $copying $watching; do kill "$process" 2> /dev/null || :; done; rm -rf "$work"; }
trap end EXIT
mkfifo "$work/progress"
# Debian's awk waits for a whole block of input unless it is told that somebody looks.
prompt=
! awk -W version < /dev/null 2>&1 | grep -q mawk || prompt='-W interactive'
# A line that begins with "progress" is what concierge portier tasks shows; each report is written down for the watch.
awk $prompt -F= -v every="${PROGRESS_EVERY:-10}" -v reports="$work/reports" '
  /^(frame|bitrate|speed|out_time_us|total_size)=/ { gsub(/ /, "", $2); value[$1] = $2 }
  /^progress=/ {
    print value["frame"], value["out_time_us"], value["total_size"] > reports; close(reports)
    if (count++ % every && $2 != "end") next
    printf "progress frames=%s bitrate=%s speed=%s\n", value["frame"], value["bitrate"], value["speed"]; fflush()
  }' < "$work/progress" &
telling=$!

echo "$name: $source to $target as $format"
ffmpeg -y -nostats -progress "$work/progress" -loglevel repeat+level+info -i "$source" -c copy -f "$format" "$target" < /dev/null &
copying=$!
told=
trap 'told=1' TERM INT
# One whose sender, or receiver, is gone without a word waits for ever.
(
  trap 'kill "$nap" 2> /dev/null; exit 0' TERM
  seen=
  while :; do
    sleep "${STALL:-15}" & nap=$!
    wait "$nap"
    # How far it came: newer ffmpegs go on reporting where nothing flows.
    now=$(cat "$work/reports" 2> /dev/null || :)
    if [ "$now" = "$seen" ]; then
      echo "restream: nothing came or went for ${STALL:-15} s: $source to $target" >&2
      kill "$copying" 2> /dev/null || exit 0
      sleep 1
      kill "$copying" 2> /dev/null || :
      exit 0
    fi
    seen=$now
  done
) &
watching=$!
code=0
wait "$copying" || code=$?
# A signal ends the wait before ffmpeg has closed what it writes. Whoever stops all processes has told ffmpeg as well, and told
# twice it throws away what it holds: it is told after a second, and once more where even that does not end it.
naps=0
while kill -0 "$copying" 2> /dev/null; do
  [ -n "$told" ] || { code=0; wait "$copying" || code=$?; continue; }
  sleep 0.2
  naps=$((naps + 1))
  case $naps in 5 | 15) kill "$copying" 2> /dev/null || : ;; esac
done
[ -z "$told" ] || { code=0; wait "$copying" || code=$?; }
# One that could not begin has not opened it, and its reader would wait for that.
: <> "$work/progress"
wait "$telling" || :
exit "$code"
