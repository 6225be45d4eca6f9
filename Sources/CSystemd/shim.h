#pragma once
#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>
/* Without this, sd_journal_* become macros that record reeld's source lines. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
