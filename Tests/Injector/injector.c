/*
 * injector - run a program and break it off, or one of its system calls, at a chosen place.
 *
 * usage: injector --root DIR --record FILE [--at PLACE:FIRST[-LAST] --do ACTION] [--while FILE]
 *                 -- PROGRAM ARGUMENT...
 *
 * It traces all threads of the program, but not the programs that one starts, and looks at every
 * call that changes something under DIR, or starts a process. Each has a place, which is the same
 * in every run: the call and the paths under DIR it is about, with ID for a session's id, such as
 * "renameat2 outputs/.staging/ID outputs/ID". FILE gets a line for each, before it is done:
 * "PLACE:NUMBER", how often it came to that place until now. So a run without --at tells all the
 * places there are.
 *
 * With --at it does as follows, just before the kernel would do the call, and adds a line "! PLACE:NUMBER":
 *   kill     ends the program by SIGKILL
 *   cut      shuts the file system of DIR down, losing what is not durable, as a power cut does;
 *            then ends the program. ext4 and others, see ioctl_xfs_goingdown(2)
 *   ERRNO    a number: the call is not done and fails with that errno. From FIRST to LAST, and with
 *            --while only as long as that file is there
 *
 * It hands SIGTERM on to the program, and ends as that does: by its status, or 128 and the
 * signal's number. 125 is its own failure: most often that nothing may be traced here, see ptrace(2).
 *
 * strace(1) counts its when= by thread and traces the programs that are started as well, so it can
 * aim at no certain call of a program with many threads.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OWN_FAILURE = 125, LONGEST = 4200, MOST_PLACES = 4096, MOST_THREADS = 4096 };
enum action { NOTHING, KILL, CUT, FAIL };

/* EXT4_IOC_SHUTDOWN, the same number as XFS_IOC_GOINGDOWN. */
static const unsigned long shutdown_request = _IOR('X', 125, uint32_t);
static const uint32_t without_flushing_the_log = 2;

static struct {
    const char *root, *record, *place, *while_exists;
    long first, last;
    enum action action;
    int error;
} options;

static struct {
    char *name;
    long count;
} places[MOST_PLACES];

/* Threads whose call was taken away at its entry, and the errno they are to get at its exit. */
static struct {
    pid_t thread;
    int error;
} failing[MOST_THREADS];

static pid_t program;
static int record_file, root_file;

static void die(const char *what)
{
    fprintf(stderr, "injector: %s: %s\n", what, strerror(errno));
    if (program > 0)
        kill(program, SIGKILL);
    exit(OWN_FAILURE);
}

/* ---- Places ---- */

/* Replaces session_YYYYMMDD_HHMMSS_xxxx by ID, wherever it stands. */
static void hide_sessions(char *path)
{
    static const char pattern[] = "session_dddddddd_dddddd_xxxx";
    const size_t length = sizeof pattern - 1;
    for (char *at = path; (at = strstr(at, "session_"));) {
        if (strlen(at) < length || at[16] != '_' || at[23] != '_') {
            at++;
            continue;
        }
        memcpy(at, "ID", 2);
        memmove(at + 2, at + length, strlen(at + length) + 1);
    }
}

/* The path relative to the root; false if it is elsewhere. */
static bool beneath_root(char *path)
{
    static const char deleted[] = " (deleted)";
    size_t length = strlen(options.root), whole = strlen(path);
    if (strncmp(path, options.root, length) != 0 || (path[length] != '/' && path[length] != 0))
        return false;
    if (whole >= sizeof deleted && strcmp(path + whole - sizeof deleted + 1, deleted) == 0)
        path[whole - sizeof deleted + 1] = 0;
    memmove(path, path + length, strlen(path + length) + 1);
    if (path[0] == '/')
        memmove(path, path + 1, strlen(path));
    if (path[0] == 0)
        strcpy(path, ".");
    hide_sessions(path);
    return true;
}

static bool read_link(char *path, const char *format, ...)
{
    char link[64];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(link, sizeof link, format, arguments);
    va_end(arguments);
    ssize_t length = readlink(link, path, LONGEST - 1);
    if (length < 0)
        return false;
    path[length] = 0;
    return true;
}

static bool read_memory(pid_t thread, uint64_t address, char *into, size_t size)
{
    size_t done = 0;
    /* To the end of each page: the next may not be there. */
    while (done < size - 1) {
        size_t step = 4096 - (address + done) % 4096;
        if (step > size - 1 - done)
            step = size - 1 - done;
        struct iovec here = {into + done, step}, there = {(void *)(address + done), step};
        ssize_t count = process_vm_readv(thread, &here, 1, &there, 1, 0);
        if (count <= 0)
            break;
        done += (size_t)count;
        if (memchr(here.iov_base, 0, (size_t)count))
            return true;
    }
    into[done] = 0;
    return done > 0;
}

/* A word of the program's memory; 0 if it cannot be read. */
static uint64_t read_word(pid_t thread, uint64_t address)
{
    uint64_t word = 0;
    struct iovec here = {&word, sizeof word}, there = {(void *)address, sizeof word};
    return process_vm_readv(thread, &here, 1, &there, 1, 0) == sizeof word ? word : 0;
}

/* The path of an open file, if it is beneath the root. */
static bool path_of_file(pid_t thread, int number, char *path)
{
    return read_link(path, "/proc/%d/fd/%d", (int)thread, number) && beneath_root(path);
}

/* The path that a directory's descriptor and a name in the program's memory make. */
static bool path_of_name(pid_t thread, int directory, uint64_t name, char *path)
{
    char text[LONGEST];
    char base[LONGEST];
    if (!read_memory(thread, name, text, sizeof text))
        return false;
    if (text[0] == '/') {
        strcpy(path, text);
        return beneath_root(path);
    }
    bool known = directory == AT_FDCWD
                     ? read_link(base, "/proc/%d/cwd", (int)thread)
                     : read_link(base, "/proc/%d/fd/%d", (int)thread, directory);
    if (!known || strlen(base) + strlen(text) + 2 > LONGEST)
        return false;
    sprintf(path, "%s/%s", base, text);
    return beneath_root(path);
}

/* Describes a call; false if it changes nothing under the root and starts no process. */
static bool describe(pid_t thread, uint64_t call, const __uint64_t *arguments, char *place)
{
    char one[LONGEST], two[LONGEST];
    const char *name = NULL;
    uint64_t flags = 0;
    switch (call) {
    case SYS_renameat2: name = "renameat2"; goto rename;
    case SYS_renameat: name = "renameat"; goto rename;
    case SYS_linkat: name = "linkat";
    rename: {
        bool known = path_of_name(thread, (int)arguments[0], arguments[1], one);
        known = path_of_name(thread, (int)arguments[2], arguments[3], two) || known;
        sprintf(place, "%s %.2000s %.2000s", name, one, two);
        return known;
    }
#ifdef SYS_rename
    case SYS_rename: {
        bool known = path_of_name(thread, AT_FDCWD, arguments[0], one);
        known = path_of_name(thread, AT_FDCWD, arguments[1], two) || known;
        sprintf(place, "rename %.2000s %.2000s", one, two);
        return known;
    }
    case SYS_mkdir: name = "mkdir"; goto path;
    case SYS_chmod: name = "chmod"; goto path;
    path:
        if (!path_of_name(thread, AT_FDCWD, arguments[0], one))
            return false;
        sprintf(place, "%s %s", name, one);
        return true;
    case SYS_vfork: strcpy(place, "vfork"); return true;
#endif
    case SYS_openat: name = "openat"; flags = arguments[2]; goto at;
    case SYS_openat2:
        name = "openat2";
        flags = read_word(thread, arguments[2]);
        goto at;
    case SYS_mkdirat: name = "mkdirat"; flags = O_CREAT; goto at;
    case SYS_unlinkat: name = "unlinkat"; flags = O_CREAT; goto at;
    case SYS_utimensat: name = "utimensat"; flags = O_CREAT; goto at;
    case SYS_fchmodat: name = "fchmodat"; flags = O_CREAT; goto at;
    case SYS_fchownat: name = "fchownat"; flags = O_CREAT; goto at;
    at:
        if (!path_of_name(thread, (int)arguments[0], arguments[1], one))
            return false;
        sprintf(place, "%s %s%s", name, one, flags & O_CREAT ? "" : " (read)");
        return true;
    case SYS_write: name = "write"; goto file;
    case SYS_pwrite64: name = "pwrite"; goto file;
    case SYS_fsync: name = "fsync"; goto file;
    case SYS_fdatasync: name = "fdatasync"; goto file;
    case SYS_ftruncate: name = "ftruncate"; goto file;
    case SYS_fchmod: name = "fchmod"; goto file;
    case SYS_fchown: name = "fchown"; goto file;
    file:
        if (!path_of_file(thread, (int)arguments[0], one))
            return false;
        sprintf(place, "%s %s", name, one);
        return true;
    case SYS_clone:
        flags = arguments[0];
        goto clone;
    case SYS_clone3:
        flags = read_word(thread, arguments[0]);
    clone:
        strcpy(place, "clone");
        return !(flags & CLONE_THREAD);
    case SYS_pidfd_open: strcpy(place, "pidfd_open"); return true;
    default: return false;
    }
}

/* Counts a visit to a place. */
static long visit(const char *name)
{
    for (int i = 0; i < MOST_PLACES; i++) {
        if (!places[i].name) {
            places[i].name = strdup(name);
            return ++places[i].count;
        }
        if (strcmp(places[i].name, name) == 0)
            return ++places[i].count;
    }
    errno = E2BIG;
    die("too many places");
    return 0;
}

/* ---- Faults ---- */

static void take_call_away(pid_t thread)
{
#if defined __x86_64__
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, thread, 0, &registers) != 0)
        return;
    registers.orig_rax = (unsigned long long)-1;
    ptrace(PTRACE_SETREGS, thread, 0, &registers);
#elif defined __aarch64__
    int none = -1;
    struct iovec value = {&none, sizeof none};
    ptrace(PTRACE_SETREGSET, thread, 0x404 /* NT_ARM_SYSTEM_CALL */, &value);
#endif
}

static void set_result(pid_t thread, int error)
{
#if defined __x86_64__
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, thread, 0, &registers) != 0)
        return;
    registers.rax = (unsigned long long)-(long long)error;
    ptrace(PTRACE_SETREGS, thread, 0, &registers);
#elif defined __aarch64__
    struct user_regs_struct registers;
    struct iovec value = {&registers, sizeof registers};
    if (ptrace(PTRACE_GETREGSET, thread, 1 /* NT_PRSTATUS */, &value) != 0)
        return;
    registers.regs[0] = (unsigned long long)-(long long)error;
    ptrace(PTRACE_SETREGSET, thread, 1, &value);
#endif
}

static void note(const char *mark, const char *place, long number)
{
    char line[LONGEST + 64];
    int length = snprintf(line, sizeof line, "%s%s:%ld\n", mark, place, number);
    if (write(record_file, line, (size_t)length) != length)
        die(options.record);
}

static void act(pid_t thread, const char *place, long number)
{
    switch (options.action) {
    case NOTHING: return;
    case CUT:
        if (ioctl(root_file, shutdown_request, &without_flushing_the_log) != 0)
            die("the file system cannot be shut down");
        /* fall through */
    case KILL:
        note("! ", place, number);
        kill(program, SIGKILL);
        return;
    case FAIL:
        if (options.while_exists && access(options.while_exists, F_OK) != 0)
            return;
        for (int i = 0; i < MOST_THREADS; i++) {
            if (failing[i].thread != 0)
                continue;
            failing[i].thread = thread;
            failing[i].error = options.error;
            note("! ", place, number);
            take_call_away(thread);
            return;
        }
    }
}

static void entered(pid_t thread, const struct __ptrace_syscall_info *info)
{
    char place[LONGEST * 2];
    if (!describe(thread, info->entry.nr, info->entry.args, place))
        return;
    long number = visit(place);
    note("", place, number);
    if (options.place && strcmp(place, options.place) == 0 && number >= options.first &&
        number <= options.last)
        act(thread, place, number);
}

static void left(pid_t thread)
{
    for (int i = 0; i < MOST_THREADS; i++) {
        if (failing[i].thread != thread)
            continue;
        failing[i].thread = 0;
        set_result(thread, failing[i].error);
        return;
    }
}

/* ---- The program ---- */

static void start(char **arguments)
{
    int gate[2];
    char byte = 0;
    if (pipe2(gate, O_CLOEXEC) != 0)
        die("pipe2");
    program = fork();
    if (program < 0)
        die("fork");
    if (program == 0) {
        /* Else it would wait for itself when the injector is killed now. */
        close(gate[1]);
        if (read(gate[0], &byte, 1) != 1)
            _exit(OWN_FAILURE);
        execv(arguments[0], arguments);
        _exit(127);
    }
    /* Not TRACEFORK and TRACEVFORK: what the program starts runs untraced. */
    long wanted = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SEIZE, program, 0, wanted) != 0)
        die("ptrace");
    if (ptrace(PTRACE_INTERRUPT, program, 0, 0) != 0 || write(gate[1], &byte, 1) != 1)
        die("ptrace");
    close(gate[0]);
    close(gate[1]);
}

static void forward(int signal)
{
    kill(program, signal);
}

/* Runs the program to its end; returns its status as wait(2) gives it. */
static int trace(void)
{
    while (true) {
        int status;
        pid_t thread = waitpid(-1, &status, __WALL);
        if (thread < 0) {
            if (errno == EINTR)
                continue;
            die("waitpid");
        }
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (thread == program)
                return status;
            continue;
        }
        int stop = WSTOPSIG(status), event = status >> 16;
        if (stop == (SIGTRAP | 0x80)) {
            struct __ptrace_syscall_info info;
            if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) > 0) {
                if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
                    entered(thread, &info);
                else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
                    left(thread);
            }
            stop = 0;
        } else if (event != 0) {
            stop = 0;
        }
        /* It fails for one that has been killed meanwhile; its end comes next. */
        ptrace(PTRACE_SYSCALL, thread, 0, stop);
    }
}

static void read_place(char *text)
{
    char *colon = strrchr(text, ':');
    if (!colon) {
        errno = EINVAL;
        die("--at");
    }
    *colon = 0;
    options.place = text;
    char *rest;
    options.first = options.last = strtol(colon + 1, &rest, 10);
    if (*rest == '-')
        options.last = strtol(rest + 1, NULL, 10);
}

static void read_action(const char *text)
{
    options.error = atoi(text);
    options.action = strcmp(text, "kill") == 0  ? KILL
                     : strcmp(text, "cut") == 0 ? CUT
                     : options.error > 0        ? FAIL
                                                : NOTHING;
}

int main(int count, char **arguments)
{
    int i = 1;
    for (; i + 1 < count && strcmp(arguments[i], "--") != 0; i += 2) {
        char *value = arguments[i + 1];
        if (strcmp(arguments[i], "--root") == 0)
            options.root = value;
        else if (strcmp(arguments[i], "--record") == 0)
            options.record = value;
        else if (strcmp(arguments[i], "--while") == 0)
            options.while_exists = value;
        else if (strcmp(arguments[i], "--at") == 0)
            read_place(value);
        else if (strcmp(arguments[i], "--do") == 0)
            read_action(value);
    }
    if (!options.root || !options.record || i + 1 >= count ||
        (options.place != NULL) != (options.action != NOTHING)) {
        fputs("usage: injector --root DIR --record FILE [--at PLACE:FIRST[-LAST] --do "
              "kill|cut|ERRNO] [--while FILE] -- PROGRAM ARGUMENT...\n", stderr);
        return OWN_FAILURE;
    }
    record_file = open(options.record, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (record_file < 0)
        die(options.record);
    if (options.action == CUT) {
        root_file = open(options.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (root_file < 0)
            die(options.root);
    }
    start(arguments + i + 1);
    char pid[32];
    int length = sprintf(pid, "pid %d\n", (int)program);
    if (write(record_file, pid, (size_t)length) != length)
        die(options.record);
    struct sigaction forwarding = {.sa_handler = forward};
    sigaction(SIGTERM, &forwarding, NULL);
    int status = trace();
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
