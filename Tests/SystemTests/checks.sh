# Shared by the scripts that run in the booted machine; to be sourced.

check() { # WHAT COMMAND [ARG]...
    local what=$1
    shift
    if "$@"; then
        echo "ok      $what"
    else
        echo "FAILED  $what: $*"
        exit 1
    fi
}

refuses() { ! "$@" 2>/dev/null; } # COMMAND [ARG]...

quietly() { "$@" >/dev/null; } # COMMAND [ARG]...

as() { # USER COMMAND [ARG]...: with the usual umask
    runuser -u "$1" -- bash -c 'umask 0022; "$@"' bash "${@:2}"
}

is() { # WANTED COMMAND [ARG]...: what the command prints
    local wanted=$1 found
    shift
    found=$("$@" 2>&1) || true
    [[ $found == "$wanted" ]] || {
        echo "        wanted '$wanted', found '$found'"
        return 1
    }
}

eventually() { # SECONDS COMMAND [ARG]...: succeeds in that time; the last try may say why not
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null; do
        if [[ $SECONDS -ge $deadline ]]; then
            "$@"
            return
        fi
        sleep 0.1
    done
}
