#!/bin/sh
# Stands between Concierge and one process, so that the process outlives the server and its end is never missed.
#
#   shim.sh FOLDER RUN BELL OUTPUT OFFSET BYTES KEEP AWK…
#
# FOLDER  of the instance; RUN the number of this run; BELL a file that is written to at each start and end
# OUTPUT  folder of the output's segments; OFFSET the clock's seconds minus those of /proc/uptime
# BYTES   of a segment; KEEP so many segments a stream; AWK the awk command, one that reads line by line
#
# Leaves in FOLDER, each atomically: run.N (this shim: pid, start ticks, boot), command.N (the same of the
# command), exit.N (the exit code, 128 + signal when killed).
set -u
umask 077

# Sets $identity to "pid ticks boot" of a process: what tells it from a later one with the same number.
identify() {
    read -r stat < "/proc/$1/stat" || return 1
    read -r boot < /proc/sys/kernel/random/boot_id || return 1
    pid=$1
    set -- ${stat##*) }
    shift 19
    identity="$pid $1 $boot"
}

publish() {
    printf '%s\n' "$2" > "$1.new" && mv -f "$1.new" "$1"
}

# The inner half: runs in the command's own session, says who it is, and becomes the command.
if [ "$1" = --command ]; then
    identify $$ && publish "command.$2" "$identity"
    echo started > "$3"
    . ./start.sh
    exit 126
fi

folder=$1 run=$2 bell=$3 output=$4 offset=$5 bytes=$6 keep=$7
shift 7
cd "$folder" || exit 1

# A run is claimed by exactly one shim: a link is made once, content and all. A shim that comes late finds that
# the instance has moved on to another run.
identify $$ || exit 1
printf '%s\n' "$identity" > "claim.$$" || exit 1
ln "claim.$$" "run.$run" 2>/dev/null
claimed=$?
rm -f "claim.$$"
[ $claimed -eq 0 ] || exit 0
read -r current < current
if [ "$current" != "$run" ]; then rm -f "run.$run"; exit 0; fi

# Writes "seconds text" lines to numbered segments, the newest KEEP of them. Uptime is read by awk itself: no
# process a line. A line that is out of all proportion must not eat the machine's memory: awk may use 256 MiB; it
# is started again if it dies, while this shell holds the pipe open, so that the command never notices. After 100
# deaths (a full disk) output is thrown away rather than blocking the command.
collect() (
    stream=$1
    shift
    cd "$output" || exec cat > /dev/null
    ulimit -v 262144 2>/dev/null
    deaths=0
    while [ $deaths -lt 100 ]; do
        number=$(ls | sed -n "s/^$stream\.\([0-9]*\)\$/\1/p" | sort -n | tail -n 1)
        size=0
        [ -n "$number" ] && size=$(wc -c < "$stream.$number")
        "$@" -v "stream=$stream" -v "number=${number:-1}" -v "size=$size" -v "bytes=$bytes" -v "keep=$keep" \
            -v "offset=$offset" '
            BEGIN { number += 0; file = stream "." number }
            {
                getline uptime < "/proc/uptime"
                close("/proc/uptime")
                split(uptime, parts, " ")
                if (size >= bytes) {
                    close(file)
                    system("rm -f " stream "." (number - keep + 1))
                    number++
                    file = stream "." number
                    size = 0
                }
                line = sprintf("%.2f", offset + parts[1]) " " $0
                print line >> file
                fflush(file)
                size += length(line) + 1
            }' && exit 0
        deaths=$((deaths + 1))
    done
    exec cat > /dev/null
)

trap : HUP INT TERM
mkfifo "out.$run" "err.$run" || exit 1
collect out "$@" < "out.$run" &
collect err "$@" < "err.$run" &
# Where input is taken, a holder keeps the pipe open for writing until the giver of the input has opened it, too.
input=/dev/null
holder=
if [ -e takes-input ]; then
    mkfifo "in.$run" "given.$run" || exit 1
    sh -c 'exec 3<> "$1"; read -r _ < "$2"' sh "in.$run" "given.$run" &
    holder=$!
    while ! [ -e "/proc/$holder/fd/3" ] && kill -0 $holder 2>/dev/null; do :; done
    input="in.$run"
fi
# In the foreground: a background command of sh has INT and QUIT ignored for ever. In a subshell: what this shell
# has to say of a killed command is not the command's output.
# Whoever started the server may have had signals ignored, which is inherited and which sh cannot undo.
defaults=
env --default-signal=INT,QUIT,PIPE true 2> /dev/null && defaults="env --default-signal=INT,QUIT,PIPE"
( exec $defaults setsid sh "$0" --command "$run" "$bell" > "out.$run" 2> "err.$run" < "$input" )
code=$?

# What the command left behind in its group ends with it, as in a container.
read -r command rest < "command.$run" && kill -s KILL -- "-$command" 2>/dev/null
[ -z "$holder" ] || kill -s KILL $holder 2>/dev/null
publish "exit.$run" "$code"
echo ended > "$bell"
wait
rm -f "out.$run" "err.$run" "in.$run" "given.$run"
