#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <locale.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>

_Static_assert(CLINUX_RESOLVE_NO_XDEV == RESOLVE_NO_XDEV, "openat2.h");
_Static_assert(CLINUX_RESOLVE_NO_MAGICLINKS == RESOLVE_NO_MAGICLINKS, "openat2.h");
_Static_assert(CLINUX_RESOLVE_NO_SYMLINKS == RESOLVE_NO_SYMLINKS, "openat2.h");
_Static_assert(CLINUX_RESOLVE_BENEATH == RESOLVE_BENEATH, "openat2.h");
_Static_assert(CLINUX_LEASE_READ == F_RDLCK && CLINUX_LEASE_NONE == F_UNLCK, "fcntl.h");
_Static_assert(CLINUX_UTIME_OMIT == UTIME_OMIT, "sys/stat.h");

int clinux_openat2(int directory, const char *path, uint64_t flags, uint64_t mode,
                   uint64_t resolve)
{
    struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

int clinux_birth(int directory, const char *name, uint64_t *inode, uint64_t *born)
{
    struct statx status;
    int result = statx(directory, name, AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &status);
    if (result == 0) {
        *inode = status.stx_ino;
        *born = status.stx_mask & STATX_BTIME
                    ? (uint64_t)status.stx_btime.tv_sec * 1000000000 + status.stx_btime.tv_nsec
                    : 0;
    }
    return result;
}

int clinux_width(uint32_t character)
{
    static _Thread_local locale_t utf8;
    if (!utf8) {
        utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    }
    locale_t before = uselocale(utf8);
    int width = wcwidth((wchar_t)character);
    uselocale(before);
    return width;
}

int clinux_pidfd_open(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

int clinux_pidfd_send_signal(int pidfd, int signal)
{
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int clinux_waitid(int which, pid_t id, int options, struct clinux_ended *ended)
{
    siginfo_t info = {0};
    struct rusage usage = {0};
    int result = (int)syscall(SYS_waitid, which, id, &info, options, &usage);
    ended->pid = info.si_pid;
    ended->signalled = info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
    ended->status = info.si_status;
    ended->usage = usage;
    return result;
}

int clinux_set_child_subreaper(void)
{
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

static int signal_targets[_NSIG];

static void write_signal(int signal)
{
    int saved = errno;
    unsigned char byte = (unsigned char)signal;
    if (write(signal_targets[signal], &byte, 1) < 0) {
        /* Nothing can be done here; a full pipe has word of enough signals. */
    }
    errno = saved;
}

int clinux_write_on_signal(int signal, int descriptor)
{
    if (signal <= 0 || signal >= _NSIG) {
        errno = EINVAL;
        return -1;
    }
    signal_targets[signal] = descriptor;
    struct sigaction action = {.sa_handler = write_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    return sigaction(signal, &action, NULL);
}

int clinux_set_lease(int descriptor, int lease)
{
    return fcntl(descriptor, F_SETLEASE, lease);
}

int clinux_set_nonblocking(int descriptor, int nonblocking)
{
    return fcntl(descriptor, F_SETFL, nonblocking ? O_NONBLOCK : 0);
}

int clinux_file_system_type(int descriptor, uint64_t *type)
{
    struct statfs status;
    int result = fstatfs(descriptor, &status);
    if (result == 0) {
        *type = (uint32_t)status.f_type;
    }
    return result;
}

int clinux_clear_inheritable_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, data) != 0) {
        return -1;
    }
    data[0].inheritable = data[1].inheritable = 0;
    return (int)syscall(SYS_capset, &header, data);
}

int clinux_eventfd(void)
{
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void clinux_eventfd_ring(int descriptor)
{
    /* It fails only when it has been rung for ages, and rings then. */
    (void)eventfd_write(descriptor, 1);
}

void clinux_eventfd_hush(int descriptor)
{
    eventfd_t count;
    (void)eventfd_read(descriptor, &count);
}

#include <sys/resource.h>

int clinux_get_lock_limit(uint64_t *current, uint64_t *most) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_LOCKS, &limit) != 0) return -1;
    *current = limit.rlim_cur;
    *most = limit.rlim_max;
    return 0;
}

int clinux_set_lock_limit(uint64_t current, uint64_t most) {
    struct rlimit limit = {.rlim_cur = current, .rlim_max = most};
    return setrlimit(RLIMIT_LOCKS, &limit);
}
