/*
 * What Glibc's overlay for Swift does not reach: variadic functions, system calls without a
 * wrapper, and macros with arguments. No policy here. Every function returns what the system call
 * returns, -1 with errno set on failure, and is not retried on EINTR.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/* openat2(2). `resolve` is a set of RESOLVE_* below. */
int clinux_openat2(int directory, const char *path, uint64_t flags, uint64_t mode,
                   uint64_t resolve);

enum {
    CLINUX_RESOLVE_NO_XDEV = 0x01,
    CLINUX_RESOLVE_NO_MAGICLINKS = 0x02,
    CLINUX_RESOLVE_NO_SYMLINKS = 0x04,
    CLINUX_RESOLVE_BENEATH = 0x08,
};

/*
 * statx(2) of an entry of a directory, links not followed: its number, and when it was made in nanoseconds
 * since 1970; 0 where the file system does not know.
 */
int clinux_birth(int directory, const char *name, uint64_t *inode, uint64_t *born);

/* wcwidth(3) in UTF-8, whatever the locale is: how many columns of a terminal; -1 of what has none. */
int clinux_width(uint32_t character);

/* pidfd_open(2). */
int clinux_pidfd_open(pid_t pid);

/* pidfd_send_signal(2), with the information kill(2) would send. */
int clinux_pidfd_send_signal(int pidfd, int signal);

/*
 * waitid(2) as the kernel has it, with the resources used. `which` is a P_* and `options` are W*.
 * Fills `ended` from the fields of siginfo_t that Swift cannot see; `ended->pid` is 0 when WNOHANG
 * found living children only.
 */
struct clinux_ended {
    pid_t pid;
    int signalled; /* nonzero: CLD_KILLED or CLD_DUMPED, and `status` is a signal */
    int status;
    struct rusage usage;
};
int clinux_waitid(int which, pid_t id, int options, struct clinux_ended *ended);

/* prctl(2), PR_SET_CHILD_SUBREAPER. */
int clinux_set_child_subreaper(void);

/*
 * sigaction(2) with a handler that writes the signal's number, as one byte, to `descriptor`, which
 * is to be nonblocking and to stay open for good.
 */
int clinux_write_on_signal(int signal, int descriptor);

/* fcntl(2), F_SETLEASE. `lease` is one of the two below. */
int clinux_set_lease(int descriptor, int lease);

/* fcntl(2), F_SETFL, with no flags but O_NONBLOCK as given. */
int clinux_set_nonblocking(int descriptor, int nonblocking);

/* fstatfs(2): the type of the file system that an open file is on, cut to 32 bits. */
int clinux_file_system_type(int descriptor, uint64_t *type);

/*
 * capset(2): empties the inheritable set of the calling thread, and with it the ambient set, so
 * that a program it executes gets no capability from it. See capabilities(7).
 */
int clinux_clear_inheritable_capabilities(void);

/* eventfd(2), which is not inherited and never waits; to ring one, and to let it be silent. */
int clinux_eventfd(void);
void clinux_eventfd_ring(int descriptor);
void clinux_eventfd_hush(int descriptor);

enum { CLINUX_LEASE_READ = 0 /* F_RDLCK */, CLINUX_LEASE_NONE = 2 /* F_UNLCK */ };

/* utimensat(2): leave this time as it is. */
enum { CLINUX_UTIME_OMIT = (1L << 30) - 2L };

/// getrlimit(2) and setrlimit(2) of RLIMIT_LOCKS, whose number Swift does not see in every build. 0, or -1 and errno.
int clinux_get_lock_limit(uint64_t *current, uint64_t *most);
int clinux_set_lock_limit(uint64_t current, uint64_t most);
