#!/usr/bin/env bash
#
# The tour of docs/tour.md: what a newcomer types from the installation to a delivered batch, with a
# failure mended on the way.  Runs as root in the booted machine; each command has to end as it does
# there, and the commands have to be those of the page.
#
# usage: tour.sh DIRECTORY-OF-PROGRAMS [TRANSCRIPT]   the transcript is the page as this run writes it

set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
. Tests/SystemTests/checks.sh

programs=$1
transcript=${2:-/tmp/tour.md}
: >"$transcript"

tell() { # what stands between the commands, from standard input
    cat >>"$transcript"
}

# Runs a line as somebody would type it, and notes it with what it printed.  A shell's own lines are cut to what a
# page can hold.
run() { # USER LINE [STATUS]
    local user=$1 line=$2 wanted=${3:-0} output status=0
    output=$(runuser -l "$user" -c "cd ~; $line" 2>&1) || status=$?
    check "$line" test "$status" -eq "$wanted" || {
        echo "$output"
        exit 1
    }
    {
        printf '```console\n%s %s\n' "$([[ $user == root ]] && echo '#' || echo '$')" "$line"
        [[ -z $output ]] || printf '%s\n' "$output"
        printf '```\n\n'
    } >>"$transcript"
}

# The same for what root does where the sources are, with the programs that are built already.
root() { # LINE [STATUS]
    local line=$1 wanted=${2:-0} output status=0
    output=$(bash -c "${line//make install/make --silent install BUILD_DIR=$programs}" 2>&1) || status=$?
    check "$line" test "$status" -eq "$wanted" || {
        echo "$output"
        exit 1
    }
    {
        printf '```console\n# %s\n' "$line"
        [[ -z $output ]] || printf '%s\n' "$output"
        printf '```\n\n'
    } >>"$transcript"
}

useradd --create-home --shell /bin/bash alice

tell <<'MD'
# A tour

From the installation to a delivered batch, with a failure mended on the way. Every command here is run by a test, on
a machine with systemd; what it prints is what it printed there.

## Install

MD
root "make install"
tell <<'MD'
Whoever is to make videos joins the group `reeld`, and logs in anew:

MD
root "usermod -a -G reeld alice"
root "systemctl enable --now reeld"

tell <<'MD'
Is all there that videos need?

MD
run alice "reelctl doctor"

tell <<'MD'
## A first video

MD
run alice 'reelctl make "Why bees dance" --platform square --duration 5 --wait'
tell <<'MD'
Its handle is the four characters in front. Every command takes it, or the file's name.

MD
run alice "reelctl show why-bees-dance | head -n 8"
run alice 'ls -sh "$(reelctl path why-bees-dance)"'

tell <<'MD'
## A batch

A table has a row for each video, and a column for each field of a job spec. This one has a mistake:

MD
run alice "printf '%s\n' 'topic,duration,platform' 'Tides,5,square' 'Salt,3,square' >spring.csv"
run alice "reelctl check --batch spring.csv" 65
tell <<'MD'
Nothing would be submitted of it. Mended:

MD
run alice "sed -i 's/Salt,3/Salt,5/' spring.csv"
run alice "reelctl submit --batch spring.csv --name spring"
run alice "reelctl wait --batch spring"
run alice "reelctl list --batch spring"

tell <<'MD'
## A failure, and how it is mended

The operator adds a pipeline that puts a film's opening beside the job. The opening is not there yet:

MD
root "sed -i 's|^  pipelines: {|&\n    opening: { steps: [ { name: \"copy\", command: [\"/usr/bin/cp\", \"/var/lib/reeld-openings/sea.mp4\", \"{out}\"] } ] },|' /etc/reeld/reeld.json5"
root "reeld --check-config --config /etc/reeld/reeld.json5 | grep -c opening"
root "systemctl reload reeld"
run alice "echo '{\"topic\": \"The sea\", \"pipeline\": \"opening\"}' >sea.json"
run alice "reelctl submit --wait sea.json" 1
run alice "reelctl show sea | head -n 4"
tell <<'MD'
What its program said stands in the session's log:

MD
run alice "reelctl log sea | tail -n 1"
root "mkdir /var/lib/reeld-openings && echo film >/var/lib/reeld-openings/sea.mp4"
run alice "reelctl retry --failed --since today"
run alice "reelctl wait sea"

tell <<'MD'
## Delivered

The operator has finished videos put where others look for them, by a hook. Until now the service may write only below
its root:

MD
root "install -d -o reeld -g reeld -m 2750 /srv/videos"
root "install -d /etc/systemd/system/reeld.service.d"
root "printf '[Service]\nReadWritePaths=/srv/videos\n' >/etc/systemd/system/reeld.service.d/videos.conf"
root "sed -i 's|^    done: \[\]|    done: [ { name: \"deliver\", command: [\"/usr/local/share/doc/reeld/examples/hooks/deliver\", \"/srv/videos\", \"{video}\", \"{receipt}\"] } ]|' /etc/reeld/reeld.json5"
root "systemctl daemon-reload && systemctl restart reeld"
tell <<'MD'
From now on each video is delivered when it is done. Those of the batch were done before; their hooks are called now:

MD
run alice "reelctl retry --hooks --batch spring | wc -l"
run alice "reelctl wait --batch spring | wc -l"
run alice "ls /srv/videos"

tell <<'MD'
## A look before that

A job that asks for it is not done before somebody has looked at it:

MD
run alice "echo '{\"topic\": \"Reefs\", \"duration\": 5, \"platform\": \"square\", \"review\": true}' >reefs.json"
run alice "reelctl submit --quiet reefs.json >/dev/null"
run alice "until reelctl list for-review | grep Reefs; do sleep 1; done"
run alice "reelctl approve reefs"
run alice "reelctl wait reefs && ls /srv/videos"
run alice "reelctl status | head -n 3"
tell <<'MD'
From here: `man reeld-job` has every field of a job spec, `man reeld.json5` every option, and `reelctl help` every
command.
MD

commands() { grep -E '^[$#] ' "$1"; }
check "the commands are those of docs/tour.md" cmp <(commands "$transcript") <(commands docs/tour.md)
