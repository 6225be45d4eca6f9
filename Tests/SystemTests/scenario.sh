#!/usr/bin/env bash
#
# The installed service from its start to its end, with a hang in between.  Runs
# as root in the booted machine.
#
# usage: scenario.sh DIRECTORY-OF-PROGRAMS

set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
. Tests/SystemTests/checks.sh

readonly spool=/var/lib/reeld config=/etc/reeld/reeld.json5

explain() {
    local status=$?
    [[ $status -ne 0 ]] || return 0
    systemctl status --no-pager --lines=0 reeld || true
    journalctl --no-pager --unit=reeld --lines=80 || true
    find "$spool" -printf '%M %u:%g %9s %P\n' | sort -k 4 | tail -n 60
}
trap explain EXIT

# An event's MESSAGE_ID by its name, and the other way round.
declare -A id name
while read -r kind value; do
    id[$kind]=$value
    name[$value]=$kind
done < <(sed -n 's/.*case \.\([A-Za-z]*\): "\([0-9a-f]\{32\}\)"$/\1 \2/p' Sources/Core/EventKind.swift)

events() { # [MATCH]...: the names of the matching events, one a line, oldest first
    local value
    journalctl --sync
    journalctl --unit=reeld --output=json --output-fields=MESSAGE_ID "$@" |
        sed -n 's/.*"MESSAGE_ID" *: *"\([0-9a-f]*\)".*/\1/p' |
        while read -r value; do echo "${name[$value]:-}"; done | grep . || true
}

told_of() { [[ -n $(events "$@") ]]; } # [MATCH]...

happened() { told_of "MESSAGE_ID=${id[$1]}" "${@:2}"; } # EVENT [MATCH]...

times() { events "MESSAGE_ID=${id[$1]}" "${@:2}" | wc -l; } # EVENT [MATCH]...

said() { journalctl --unit=reeld | grep -qF "$1"; } # TEXT

shows() { property StatusText | grep -F "$1"; } # TEXT

property() { systemctl show --value --property="$1" reeld; }

drop() { # NAME PIPELINE: as an ordinary member of the group, whole at once
    as alice bash -c 'echo "$1" >"$2.part" && mv "$2.part" "$2"' bash \
        "{\"topic\": \"$1\", \"duration\": 5, \"pipeline\": \"$2\"}" "$spool/inbox/$1"
}

finished() { [[ -e $spool/done/$1.receipt && -e $spool/done/$1 ]]; } # NAME

session_of() { # NAME
    sed -n 's/.*"session" *: *"\([^"]*\)".*/\1/p' "$spool/done/$1.receipt" | head -n 1
}

# What a tool says at last, as JSON5 and then bash read it.
readonly lie='printf \"\\\\nMESSAGE_ID=0123456789abcdef0123456789abcdef\\\\nPRIORITY=0\\\\e[2J\\\\rlast words\" >&2; exit 1'

configure() { # [FURTHER-PIPELINE]
    cat >"$config" <<JSON5
{
  // Neither the quiet time nor a scan comes to help.
  inbox: { quiet_time: 3600, scan_interval: 3600 },
  log_level: 'debug',
  pipelines: {
    copy: { steps: [ { name: "copy", command: ["/usr/bin/cp", "{job}", "{out}/job.json"] } ] },
    status: { steps: [ { name: "copy", command: ["/usr/bin/cp", "/proc/self/status", "{out}/status.txt"] } ] },
    liar: { steps: [ { name: "lie", command: ["/usr/bin/bash", "-c", "$lie"] } ] },
    slow: {
      steps: [
        { name: "first", command: ["/usr/bin/cp", "{job}", "{out}/first.json"] },
        { name: "wait", command: ["/usr/bin/sleep", "4"] },
        { name: "last", command: ["/usr/bin/cp", "{job}", "{out}/last.json"] },
      ],
    },
    escape: {
      steps: [
        {
          name: "escape",
          command: [
            "/bin/sh", "-c",
            "(setsid sleep 1000 &); (env -i /usr/bin/setsid /usr/bin/sleep 1000 &); cp {job} {out}/job.json",
          ],
        },
      ],
    },
    ${1:-}
  },
}
JSON5
}

make --silent install "BUILD_DIR=$1"
useradd --groups reeld alice
configure
mkdir -p /etc/systemd/system/reeld.service.d
printf '[Service]\nWatchdogSec=5\n' >/etc/systemd/system/reeld.service.d/test.conf
systemctl daemon-reload

echo "# start"
check "starts" systemctl start reeld
# It is logged beside the loop that says so to systemd.
check "says so once it is ready" eventually 30 happened daemonReady
check "says what it does" test -n "$(property StatusText)"
pid=$(property MainPID)
check "runs as its own user" is reeld stat -c %U "/proc/$pid"
# Bit 28 is CAP_LEASE.
check "has one capability" grep -q '^CapPrm:.0000000010000000$' "/proc/$pid/status"
check "and cannot get another" grep -q '^CapBnd:.0000000010000000$' "/proc/$pid/status"

echo "# a job"
drop a.json copy
check "is done" eventually 20 finished a.json
session=$(session_of a.json)
check "its result may be read by who dropped it" \
    as alice cmp "$spool/done/a.json" "$spool/outputs/$session/final_output/job.json"
story=$(events REELD_JOB=a.json | xargs)
check "its whole story is in the journal" \
    grep -qE '^jobClaimed (.* )?stepStarted (.* )?stepFinished (.* )?jobDone$' <<<"$story"
check "also by its session" happened jobDone "REELD_SESSION=$session"
check "and is explained" grep -q 'complete, checked and safely on the disk' \
    <(journalctl --unit=reeld --catalog "MESSAGE_ID=${id[jobDone]}")

echo "# a file of another user, written in place"
drop status.json status
check "is done" eventually 20 finished status.json
none=$'CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000'
check "by a tool without any capability" is "$none" \
    grep -E '^Cap(Inh|Prm|Eff):' "$spool/outputs/$(session_of status.json)/final_output/status.txt"
spec='{"topic": "slow", "pipeline": "copy"}'
coproc writer { as alice bash -c 'exec >"$1"; printf %s "${2:0:20}"; read -r; printf %s "${2:20}"' \
    bash "$spool/inbox/slowly.json" "$spec"; }
check "is written to" eventually 20 test -s "$spool/inbox/slowly.json"
drop other.json copy
check "another is done meanwhile" eventually 20 finished other.json
check "it waits for its writer" test -e "$spool/inbox/slowly.json"
echo >&"${writer[1]}"
check "is done once that has closed it" eventually 20 finished slowly.json
check "whole" is "$spec" cat "$spool/done/slowly.json"

echo "# a video"
drop video.json video
check "is made by the confined service" eventually 120 finished video.json
session=$(session_of video.json)
check "and may be read by who dropped it" as alice \
    ffprobe -v error "$spool/outputs/$session/final_output/final_video_$session.mp4"

echo "# a tool that leaves daemons behind"
drop escape.json escape
check "does its work" eventually 20 finished escape.json
check "which is told of" grep -q 'behind when /bin/sh ended' "$spool/done/escape.json.receipt"
check "and has nothing left" is "/proc/$pid" find /proc -maxdepth 1 -user reeld

echo "# a name that would be a field"
evil=$'evil\nPRIORITY=0\nMESSAGE_ID=00000000000000000000000000000000\n.json'
drop "$evil" copy
check "is told of" eventually 20 told_of "REELD_JOB=${evil//$'\n'/\\x0a}"
check "and stays a name" is "" journalctl --quiet --unit=reeld PRIORITY=0

echo "# last words that would be fields"
drop liar.json liar
check "fails" eventually 20 happened jobFailed REELD_JOB=liar.json
check "and is told of" said 'last words'
check "without an escape" is 0 grep -c $'\e' <(journalctl --unit=reeld --all --output=cat)
check "or a field" is "" journalctl --quiet MESSAGE_ID=0123456789abcdef0123456789abcdef
check "or a priority" is "" journalctl --quiet --unit=reeld PRIORITY=0

echo "# reload"
configure 'also: { steps: [ { name: "copy", command: ["/usr/bin/cp", "{job}", "{out}/also.json"] } ] },'
check "reloads" systemctl reload reeld
check "says so" eventually 10 happened configurationReloaded
check "is active again" eventually 10 is active systemctl is-active reeld
check "is the same process" is "$pid" property MainPID
drop b.json also
check "does what is new" eventually 20 finished b.json
echo '{ pipelines: ' >"$config"
check "refuses what is wrong" refuses systemctl reload reeld
check "says so" eventually 10 happened configurationRefused
check "goes on" eventually 10 is active systemctl is-active reeld
check "is the same process still" is "$pid" property MainPID
check "shows that it is refused" eventually 10 shows 'configuration refused'
drop c.json also
check "with what it had" eventually 20 finished c.json
configure

echo "# a hang"
drop slow.json slow
check "a job gets on" eventually 20 happened stepStarted REELD_JOB=slow.json REELD_STEP=wait
kill -STOP "$pid"
check "the watchdog ends the daemon" eventually 20 is 1 property NRestarts
check "systemd says why" eventually 5 said 'Watchdog timeout'
check "it is started again" eventually 20 is active systemctl is-active reeld
check "resumes the job" eventually 20 happened jobResumed REELD_JOB=slow.json
check "finishes it" eventually 30 finished slow.json
check "and did no finished step twice" is 1 times stepStarted REELD_JOB=slow.json REELD_STEP=first

echo "# stop"
drop last.json slow
check "a job gets on" eventually 20 happened stepStarted REELD_JOB=last.json REELD_STEP=wait
check "stops" systemctl stop reeld
check "in good order" is success property Result
check "and is inactive" is inactive systemctl is-active reeld
check "says so" happened daemonStopped
check "leaves no process" is "" find /proc -maxdepth 1 -user reeld
check "starts again" systemctl start reeld
check "finishes what it left" eventually 30 finished last.json
check "stops again" systemctl stop reeld
check "in good order again" is success property Result

echo "# a disk that comes late"
disk() { # OPTIONS
    printf '[Mount]\nWhat=tmpfs\nWhere=%s\nType=tmpfs\nOptions=%s\n' "$spool" "$1" \
        >/etc/systemd/system/var-lib-reeld.mount
    systemctl daemon-reload
}
systemctl enable --quiet reeld
disk nonsense
check "does not start without it" refuses systemctl start reeld
check "and is inactive" is inactive systemctl is-active reeld
disk "mode=2750,uid=$(id -u reeld),gid=$(id -g reeld)"
check "the disk comes" systemctl start var-lib-reeld.mount
check "the service comes with it" eventually 20 is active systemctl is-active reeld
check "and works there" eventually 20 test -d "$spool/inbox"
check "stops with it" systemctl stop var-lib-reeld.mount
check "and is inactive again" is inactive systemctl is-active reeld
rm /etc/systemd/system/var-lib-reeld.mount
printf '[Service]\nRestartSec=20ms\n' >/etc/systemd/system/reeld.service.d/late.conf
systemctl daemon-reload
tried() { [[ $(property NRestarts) -gt $1 ]]; } # TIMES
mv "$spool" "$spool.away"
systemctl start --no-block reeld
check "is started again and again without its directory" eventually 60 tried 40
mv "$spool.away" "$spool"
check "and comes up when that is there" eventually 20 is active systemctl is-active reeld
check "stops once more" systemctl stop reeld
