#!/usr/bin/env bash
#
# What `make install` leaves behind, and what it lets whom do.  Runs as root in
# the booted machine.
#
# usage: installation.sh DIRECTORY-OF-PROGRAMS

set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
. Tests/SystemTests/checks.sh

install=(make --silent install "BUILD_DIR=$1")
check "installs" "${install[@]}"
check "the program runs" /usr/local/bin/reeld --version
check "so does the other" /usr/local/bin/reelctl --version
check "a helper is beside them" test -x /usr/local/bin/reeld-motion
check "the other helper runs" /usr/local/bin/reeld-speak --help

echo "# the unit"
check "has no mistakes" is "" systemd-analyze verify --man=no reeld.service
check "is well confined" quietly systemd-analyze security --threshold=20 reeld.service
check "runs what was installed" grep -q '^ExecStart=/usr/local/bin/reeld --config /etc/reeld/' \
    /usr/local/lib/systemd/system/reeld.service

echo "# the user and the directories"
check "the user has a group" is reeld id -gn reeld
for directory in inbox control; do
    check "$directory is everybody's" is "3770 reeld reeld" \
        stat -c "%a %U %G" "/var/lib/reeld/$directory"
done
for directory in . active deferred held done failed rejected outputs state; do
    check "$directory is the daemon's" is "2750 reeld reeld" \
        stat -c "%a %U %G" "/var/lib/reeld/$directory"
done

useradd --groups reeld alice
useradd --groups reeld bob
useradd mallory
cd /var/lib/reeld
check "a member drops a job" as alice bash -c 'echo {} >inbox/a.json'
check "the daemon may read it" quietly as reeld cat inbox/a.json
check "another member may not take it away" refuses as bob rm -f inbox/a.json
check "nor rename it" refuses as bob mv inbox/a.json inbox/b.json
check "the daemon may claim it" as reeld mv inbox/a.json active/session.json
check "then nobody may take it away" refuses as alice rm -f active/session.json
check "a job fails" as reeld mv active/session.json failed/a.json
check "who dropped it may not move it" refuses as alice mv failed/a.json inbox/a.json
check "nor take a name there" refuses as bob mkdir failed/b.json.receipt
check "nor in held" refuses as bob touch held/b.json
check "the daemon may" as reeld mv failed/a.json inbox/a.json
check "a member asks for something" as alice touch control/a.json.cancel
check "another may not take that back" refuses as bob rm -f control/a.json.cancel
check "the daemon may" as reeld rm control/a.json.cancel
check "who made it counts by a group that a file moved in has not" is reeld \
    as alice bash -c 'touch control/b.json.hold; stat -c %G control/b.json.hold'
check "others may not ask for anything" refuses as mallory touch control/a.json.cancel
check "a member may not write a result" refuses as alice touch done/a.json
check "others may not drop jobs" refuses as mallory touch inbox/m.json
check "nor look" refuses as mallory ls inbox
cd "$OLDPWD"

echo "# the catalog"
for id in $(sed -n 's/^-- //p' systemd/reeld.catalog); do
    journalctl --list-catalog "$id" | grep -q "$id reeld: " ||
        check "explains $id" false
done
check "explains every kind of event" true

echo "# again, and away"
echo "// mine" >>/etc/reeld/reeld.json5
check "installs again" "${install[@]}"
check "keeps the configuration" grep -q mine /etc/reeld/reeld.json5
check "uninstalls" make --silent uninstall
check "leaves nothing that runs" is "/etc/reeld/reeld.json5" \
    find /usr/local /etc /usr/lib/systemd /usr/lib/sysusers.d /usr/lib/tmpfiles.d \
    -path '*reel*' -type f
check "keeps the jobs" test -e /var/lib/reeld/inbox/a.json
check "installs elsewhere" "${install[@]}" DESTDIR=/tmp/stage PREFIX=/usr
check "in the system's places" test -e /tmp/stage/usr/lib/systemd/system/reeld.service
check "and nowhere else" refuses test -e /usr/lib/systemd/system/reeld.service
