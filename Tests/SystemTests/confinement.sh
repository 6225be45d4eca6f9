#!/usr/bin/env bash
#
# What the service is kept from and what it is given, by drop-ins: directories,
# variables, credentials.  Runs as root in the booted machine.
#
# usage: confinement.sh DIRECTORY-OF-PROGRAMS

set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
. Tests/SystemTests/checks.sh

readonly spool=/var/lib/reeld config=/etc/reeld/reeld.json5
readonly music=/home/alice/music

explain() {
    local status=$?
    [[ $status -ne 0 ]] || return 0
    systemctl cat --no-pager reeld || true
    journalctl --no-pager --unit=reeld --lines=60 || true
}
trap explain EXIT

mark() { # what is said from now on counts
    journalctl --sync
    cursor=$(journalctl --lines=0 --show-cursor | sed -n 's/^-- cursor: //p')
}

lines() { # TEXT: those that hold it
    journalctl --sync
    journalctl --unit=reeld --output=cat --after-cursor="$cursor" | grep -F "$1" || true
}

said() { [[ -n $(lines "$1") ]]; } # TEXT

warned() { grep -qF "$1" /tmp/warnings; } # TEXT

drop_in() { # NAME LINE...
    local name=$1
    shift
    printf '[Service]\n' >"/etc/systemd/system/reeld.service.d/$name.conf"
    printf '%s\n' "$@" >>"/etc/systemd/system/reeld.service.d/$name.conf"
    systemctl daemon-reload
}

restart() { # what the one that stops still says is not of the next
    systemctl stop reeld
    mark
    systemctl start reeld
}

check_config() { # as anybody, outside the service
    reeld --check-config --config "$config" >/dev/null 2>/tmp/warnings
}

drop() { # NAME SPEC
    as alice bash -c 'echo "$1" >"$2.part" && mv "$2.part" "$2"' bash "$2" "$spool/inbox/$1"
}

ended() { [[ -e $spool/$2/$1.receipt && -e $spool/$2/$1 ]]; } # NAME STATE

output() { # NAME FILE
    local session
    session=$(sed -n 's/.*"session" *: *"\([^"]*\)".*/\1/p' "$spool/done/$1.receipt" | head -n 1)
    cat "$spool/outputs/$session/final_output/$2"
}

make --silent install "BUILD_DIR=$1"
useradd --create-home --groups reeld alice
chmod 700 /home/alice
mkdir -p /etc/systemd/system/reeld.service.d "$music" /srv/pictures
head -c 100 /dev/zero >"$music/a.mp3"
ln -s /home/alice/bin /opt/tools
cat >"$config" <<JSON5
{
  tools: { environment: { HTTPS_PROXY: null }, grace: 1 },
  video: { music_directories: ["$music"], image_directories: ["/srv/pictures"] },
  log_level: 'debug',
  pipelines: {
    show: { steps: [
      {
        name: "show", credentials: ["token"],
        command: [
          "/bin/sh", "-ec",
          "echo \$HTTPS_PROXY >{out}/proxy; cat \$CREDENTIALS_DIRECTORY/token >{out}/token; ls \$CREDENTIALS_DIRECTORY >{out}/names; echo \$CREDENTIALS_DIRECTORY >{out}/place; stat -fc %T \$CREDENTIALS_DIRECTORY >{out}/kind",
        ],
      },
    ] },
    tool: { steps: [ { name: "run", command: ["/opt/tools/work", "{out}"] } ] },
  },
}
JSON5

echo "# what is hidden"
mark
check "starts" systemctl start reeld
check "says what hides the music" eventually 20 said \
    "Could not find the directory $music of video.music_directories: permission denied: ProtectHome=yes hides /home from the service reeld."
check "and what shows it" said "ProtectHome=tmpfs and below that BindReadOnlyPaths=$music, and restart"
check "says what hides a program" eventually 20 said \
    "Could not find the program /opt/tools/work of tool/run: permission denied: ProtectHome=yes hides /home"
check "says what credential is missing" said "LoadCredential=token:"
check "and what variable" said "Environment=HTTPS_PROXY="
check "says nothing of what is there" refuses said "/srv/pictures"
drop hidden.json "{\"topic\": \"a\", \"music\": \"$music/a.mp3\"}"
check "the job that meets it fails" eventually 60 ended hidden.json failed
check "and its receipt says so" grep -q 'ProtectHome=yes hides /home' "$spool/failed/hidden.json.receipt"
check "with what mends it" grep -q "BindReadOnlyPaths=$music," "$spool/failed/hidden.json.receipt"
drop waits.json '{"topic": "a", "pipeline": "show"}'
drop early.json '{"topic": "a", "pipeline": "tool"}'
check "a job waits for the program, and it is said why" eventually 20 said \
    "Could not run work: permission denied: ProtectHome=yes hides /home"
check "a job waits for the credential" eventually 20 said "Deferred waits.json"

echo "# seen from outside"
check "the configuration can be used" check_config
check "what is hidden from the service is told" warned \
    "Could not find the directory $music of video.music_directories: ProtectHome=yes hides /home from the service reeld."
check "what it is not given, too" warned "Could not find the credential token of show/show: the service is not given it"
check "and the variable" warned "Could not pass on HTTPS_PROXY"

echo "# a reload"
mark
check "reloads" systemctl reload reeld
# What is looked at last.
check "tells it again" eventually 20 said "Could not find the directory $music"
check "once" is 1 eval 'lines "Could not find the directory $music" | wc -l'

echo "# as it was told"
mkdir /home/alice/bin
printf '#!/bin/sh\necho worked >"$1/it"\n' >/home/alice/bin/work
chmod 755 /home/alice/bin/work
printf %s the-secret-itself >/root/token
chmod 600 /root/token
drop_in shown ProtectHome=tmpfs "BindReadOnlyPaths=$music" BindReadOnlyPaths=/home/alice/bin
drop_in given Environment=HTTPS_PROXY=http://proxy:3128 LoadCredential=token:/root/token \
    LoadCredential=other:/etc/hostname
restart
check "is ready" eventually 20 said "Ready: "
check "a tool is found in a home" eventually 20 ended waits.json done
check "also by who waited" eventually 60 ended early.json done
drop tool.json '{"topic": "a", "pipeline": "tool"}'
check "and works" eventually 20 ended tool.json done
check "as it should" is worked output tool.json it
check "a tool has the variable" is http://proxy:3128 output waits.json proxy
check "and the credential" is the-secret-itself output waits.json token
check "and no other" is token output waits.json names
check "on no disk" is tmpfs output waits.json kind
place=$(output waits.json place)
check "in the service's own place" test "${place#/run/reeld/}" != "$place"
check "which is gone" refuses test -e "$place"
check "the secret is not in the log" refuses said the-secret-itself
check "nor anywhere but in what the tool made" is "" \
    grep -rl --exclude-dir=final_output the-secret-itself "$spool"
drop shown.json "{\"topic\": \"a\", \"music\": \"$music/a.mp3\"}"
check "the music is found" eventually 60 ended shown.json failed
check "and only is no music" grep -q 'does not begin like a sound file' "$spool/failed/shown.json.receipt"
check "nothing is missing" refuses said "Could not find"
check "from outside neither" check_config
check "so it says nothing" is "" cat /tmp/warnings

echo "# other settings"
drop_in then InaccessiblePaths=/srv/pictures
restart
check "names what hides the pictures" eventually 20 said "InaccessiblePaths=/srv/pictures hides /srv/pictures"
drop_in then TemporaryFileSystem=/srv
restart
check "or covers them" eventually 20 said "TemporaryFileSystem=/srv hides /srv from the service reeld"
drop_in then BindReadOnlyPaths=
sed -i 's|/srv/pictures|/var/tmp/pictures|' "$config"
mkdir -p /var/tmp/pictures
restart
check "or is private" eventually 20 said "PrivateTmp=yes hides /var/tmp from the service reeld"
check "or was taken back" said "ProtectHome=tmpfs hides /home from the service reeld"
drop_in then
sed -i 's|^{|{ root: "/srv/spool",|' "$config"
mkdir -p /srv/spool
chown reeld:reeld /srv/spool
restart || true
check "or cannot be written" eventually 20 said "ProtectSystem=strict keeps the service reeld from writing in /"
check "and says what lets it" said "ReadWritePaths=/srv/spool"
check "also from outside" check_config
check "likewise" warned "ReadWritePaths=/srv/spool"
drop_in then ReadWritePaths=/srv/spool
restart
check "which is so" eventually 20 test -d /srv/spool/inbox
