/*
 * reference - what a job costs at least, to measure reeld against.
 *
 * usage: reference [-s] [-w WORKERS] ROOT
 *
 * Works through ROOT/inbox as reeld does, for the one pipeline that copies the job spec with cp(1),
 * and parses nothing. It keeps the same promises by the same renames, and makes durable what they
 * need before each: spool.md has the list. It has no recovery, no retries and no failures: what goes
 * wrong ends it.
 *
 *   -s  share commits: what jobs want durable at the same time is made so by one syncfs(2)
 *   -w  how many jobs are on their way at once: 2, or 16 with -s, for a commit is shared only by
 *       jobs that are there to share it. No more than two of their steps run at a time
 *
 * SIGTERM lets the running jobs end. NOTIFY_SOCKET is told READY=1, see sd_notify(3).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define must(call) ({ long result_ = (call); if (result_ < 0) die(#call); result_; })

static void die(const char *what)
{
    fprintf(stderr, "reference: %s: %s\n", what, strerror(errno));
    _exit(1);
}

/* The spool. */

static char root_path[4096];
static int root, inbox, active, done, outputs, staging, state;

static int open_directory(int parent, const char *name)
{
    return must(openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int make_directory(int parent, const char *name)
{
    if (mkdirat(parent, name, 0750) < 0 && errno != EEXIST) die(name);
    return open_directory(parent, name);
}

static void open_root(const char *path)
{
    mkdir(path, 0750);
    if (!realpath(path, root_path)) die(path);
    root = open_directory(AT_FDCWD, root_path);
    inbox = make_directory(root, "inbox");
    active = make_directory(root, "active");
    done = make_directory(root, "done");
    outputs = make_directory(root, "outputs");
    staging = make_directory(outputs, ".staging");
    state = make_directory(root, "state");
}

/* Commits: the descriptors of what has to be durable before the job may go on. */

#define MOST 8

static bool shares_commits;
static pthread_mutex_t commit_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t commit_wanted = PTHREAD_COND_INITIALIZER;
static pthread_cond_t commit_made = PTHREAD_COND_INITIALIZER;
static uint64_t asked = 1, served; /* rounds of the committer: the one asked for, the last one made */
static bool is_asked;

/* Whoever asks while a round runs waits for the next: the running one may have passed it by. */
static void *committer(void *unused)
{
    pthread_mutex_lock(&commit_lock);
    for (;;) {
        while (!is_asked) pthread_cond_wait(&commit_wanted, &commit_lock);
        uint64_t round = asked++;
        is_asked = false;
        pthread_mutex_unlock(&commit_lock);
        must(syncfs(root));
        pthread_mutex_lock(&commit_lock);
        served = round;
        pthread_cond_broadcast(&commit_made);
    }
    return unused;
}

static void commit(int count, const int descriptors[])
{
    if (!shares_commits) {
        for (int i = 0; i < count; i++) must(fsync(descriptors[i]));
        return;
    }
    pthread_mutex_lock(&commit_lock);
    uint64_t mine = asked;
    is_asked = true;
    pthread_cond_signal(&commit_wanted);
    while (served < mine) pthread_cond_wait(&commit_made, &commit_lock);
    pthread_mutex_unlock(&commit_lock);
}

#define COMMIT(...) \
    commit(sizeof((int[]){__VA_ARGS__}) / sizeof(int), (int[]){__VA_ARGS__})

/* The jobs that wait, in the order they were found. */

struct waiting { struct waiting *next; char name[]; };
static struct waiting *first, **last = &first;
static bool stopping;
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t queue_changed = PTHREAD_COND_INITIALIZER;

static void put(const char *name)
{
    size_t length = strlen(name);
    if (name[0] == '.' || length < 6 || strcmp(name + length - 5, ".json")) return;
    struct waiting *item = malloc(sizeof *item + length + 1);
    if (!item) die("malloc");
    item->next = NULL;
    memcpy(item->name, name, length + 1);
    pthread_mutex_lock(&queue_lock);
    *last = item;
    last = &item->next;
    pthread_cond_signal(&queue_changed);
    pthread_mutex_unlock(&queue_lock);
}

/* The next job; NULL to stop. */
static struct waiting *take(void)
{
    struct waiting *item = NULL;
    pthread_mutex_lock(&queue_lock);
    while (!first && !stopping) pthread_cond_wait(&queue_changed, &queue_lock);
    if (!stopping) {
        item = first;
        first = item->next;
        if (!first) last = &first;
    }
    pthread_mutex_unlock(&queue_lock);
    return item;
}

/* One job. */

struct job {
    const char *name; /* in the inbox */
    char id[40];
    char file[48];    /* in active/ */
    char arrived[32], claimed[32], started[32];
    int session, metadata;
    char spec[1 << 16];
    size_t spec_length;
    uint64_t hash;
};

static void timestamp(char text[32], struct timespec time)
{
    struct tm utc;
    gmtime_r(&time.tv_sec, &utc);
    size_t length = strftime(text, 32, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + length, 32 - length, ".%03ldZ", time.tv_nsec / 1000000);
}

static void now(char text[32])
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    timestamp(text, time);
}

/* A new file with these bytes, open so that it can be made durable. */
static int write_file(int directory, const char *name, const char *bytes, size_t length)
{
    int file = must(openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
    if (write(file, bytes, length) != (ssize_t)length) die(name);
    return file;
}

/* The record of a session, about as long as reeld's. */
static int write_record(struct job *job, const char *name, const char *progress)
{
    char text[4096], outputs_text[512] = "[]", publication[512] = "null";
    if (job->hash) {
        snprintf(outputs_text, sizeof outputs_text,
            "[\n        {\n          \"bytes\" : %zu,\n          \"place\" : \".work/copy/job.json\",\n"
            "          \"hash\" : \"%064lx\"\n        }\n      ]", job->spec_length, job->hash);
        snprintf(publication, sizeof publication, "%s", outputs_text);
    }
    int length = snprintf(text, sizeof text,
        "{\n  \"arrived\" : \"%s\",\n  \"claimed\" : \"%s\",\n  \"deaths\" : 0,\n  \"format\" : 1,\n"
        "  \"job\" : \"%s\",\n  \"labels\" : {},\n  \"pipeline\" : \"copy\",\n  \"plan\" : [\n    \"copy\"\n  ],\n"
        "  \"priority\" : 0,\n  \"publication\" : %s,\n  \"session\" : \"%s\",\n  \"starts\" : 1,\n"
        "  \"steps\" : {\n    \"copy\" : {\n      \"outputs\" : %s,\n      \"provider\" : \"copy/copy\",\n"
        "      \"started\" : \"%s\",\n      \"state\" : \"%s\",\n      \"tries\" : {\n        \"copy/copy\" : 1\n"
        "      }\n    }\n  }\n}\n",
        job->arrived, job->claimed, job->name, publication, job->id, outputs_text, job->started, progress);
    return write_file(job->metadata, name, text, length);
}

/* Whether the file is a job that nobody writes any more; reads nothing. */
static bool is_settled(struct job *job)
{
    int file = openat(inbox, job->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (file < 0) return false;
    struct stat status;
    must(fstat(file, &status));
    timestamp(job->arrived, status.st_mtim);
    bool settled = S_ISREG(status.st_mode) && status.st_size < (off_t)sizeof job->spec
        && fcntl(file, F_SETLEASE, F_RDLCK) == 0;
    if (settled) fcntl(file, F_SETLEASE, F_UNLCK);
    close(file);
    return settled;
}

/* A whole session in outputs/.staging/, which says what it is about to claim. */
static void stage(struct job *job)
{
    static _Atomic uint32_t number;
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    static const char *const parts[] = {
        "scripts", "images", "audio", "video_clips", "final_output", "metadata", "logs",
    };
    for (;;) {
        time_t second = time(NULL);
        struct tm utc;
        gmtime_r(&second, &utc);
        size_t length = strftime(job->id, sizeof job->id, "session_%Y%m%d_%H%M%S_", &utc);
        uint32_t value = number++;
        for (int i = 3; i >= 0; i--, value >>= 5) job->id[length + i] = digits[value & 31];
        job->id[length + 4] = 0;
        struct stat status;
        if (mkdirat(staging, job->id, 0750) < 0) continue;
        if (fstatat(outputs, job->id, &status, 0) < 0) break;
        unlinkat(staging, job->id, AT_REMOVEDIR);
    }
    snprintf(job->file, sizeof job->file, "%s.json", job->id);
    job->session = open_directory(staging, job->id);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        must(mkdirat(job->session, parts[i], 0750));
    job->metadata = open_directory(job->session, "metadata");
    now(job->claimed);
    int record = write_record(job, "session.json", "waiting");
    COMMIT(record, job->metadata, job->session, staging);
    close(record);
}

/* From the commit point to a session in outputs/ with its copy of the spec. */
static bool claim(struct job *job)
{
    if (renameat2(inbox, job->name, active, job->file, RENAME_NOREPLACE) < 0) {
        if (errno != ENOENT) die("claim");
        return false; /* its session stays in staging: a recovery would remove it */
    }
    int file = must(openat(active, job->file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    job->spec_length = must(read(file, job->spec, sizeof job->spec));
    close(file);
    now(job->started);
    int spec = write_file(job->metadata, "job.json", job->spec, job->spec_length);
    int record = write_record(job, ".session.json.new", "running");
    COMMIT(spec, record, job->metadata, active, inbox);
    close(spec);
    close(record);
    must(renameat(job->metadata, ".session.json.new", job->metadata, "session.json"));
    must(renameat2(staging, job->id, outputs, job->id, RENAME_NOREPLACE));
    COMMIT(job->metadata, outputs);
    return true;
}

static sem_t slots; /* for steps */

/* Runs cp in a process group of its own, with a clean environment, its output in logs/copy.log. */
static void run_step(struct job *job)
{
    char from[4096 + 128], to[4096 + 128];
    snprintf(from, sizeof from, "%s/outputs/%s/metadata/job.json", root_path, job->id);
    snprintf(to, sizeof to, "%s/outputs/%s/.work/copy/job.json", root_path, job->id);
    char *arguments[] = {"/usr/bin/cp", from, to, NULL};
    char *environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8", NULL};

    must(mkdirat(job->session, ".work", 0750));
    must(mkdirat(job->session, ".work/copy", 0750));
    int work = open_directory(job->session, ".work/copy");
    int log = must(openat(job->session, "logs/copy.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addfchdir_np(&actions, work);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, log, 1);
    posix_spawn_file_actions_adddup2(&actions, log, 2);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes,
        POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

    sem_wait(&slots);
    pid_t child;
    int reason = posix_spawn(&child, arguments[0], &actions, &attributes, arguments, environment);
    if (reason) { errno = reason; die("posix_spawn"); }
    int status;
    must(waitpid(child, &status, 0));
    sem_post(&slots);
    if (status) { errno = ECHILD; die("cp failed"); }
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    close(log);
    close(work);
}

/* Makes what the step made durable and puts it on record, so that it is never run again. */
static void keep_outputs(struct job *job)
{
    int above = open_directory(job->session, ".work");
    int work = open_directory(above, "copy");
    int output = must(openat(work, "job.json", O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    char bytes[4096];
    job->hash = 0xcbf29ce484222325; /* FNV-1a, where reeld has SHA-256 */
    for (ssize_t length; (length = must(read(output, bytes, sizeof bytes))) > 0;)
        for (ssize_t i = 0; i < length; i++)
            job->hash = (job->hash ^ (unsigned char)bytes[i]) * 0x100000001b3;
    int record = write_record(job, ".session.json.new", "finished");
    COMMIT(output, work, above, job->session, record);
    close(record);
    close(output);
    must(renameat(job->metadata, ".session.json.new", job->metadata, "session.json"));
    COMMIT(job->metadata);
    close(work);
    close(above);
}

/* Moves the output to final_output/, and the job's file to done/ with its receipt beside it. */
static void publish_and_file(struct job *job)
{
    char text[4096], temporary[80], name[300], finished[32];
    int final = open_directory(job->session, "final_output");
    must(renameat2(job->session, ".work/copy/job.json", final, "job.json", RENAME_NOREPLACE));
    now(finished);
    int length = snprintf(text, sizeof text,
        "{\n  \"attempts\" : {\n    \"copy\" : 1\n  },\n  \"degradations\" : [],\n  \"format\" : 1,\n"
        "  \"job\" : \"%s\",\n  \"labels\" : {},\n  \"outputs\" : [\n    {\n      \"bytes\" : %zu,\n"
        "      \"path\" : \"outputs/%s/final_output/job.json\",\n      \"hash\" : \"%064lx\"\n    }\n  ],\n"
        "  \"pipeline\" : \"copy\",\n  \"session\" : \"%s\",\n  \"state\" : \"done\",\n  \"times\" : {\n"
        "    \"arrived\" : \"%s\",\n    \"claimed\" : \"%s\",\n    \"finished\" : \"%s\"\n  }\n}\n",
        job->name, job->spec_length, job->id, job->hash, job->id, job->arrived, job->claimed, finished);
    snprintf(temporary, sizeof temporary, "%s.new", job->id);
    int receipt = write_file(state, temporary, text, length);
    COMMIT(final, receipt);
    close(receipt);
    close(final);

    must(unlinkat(job->session, ".work/copy", AT_REMOVEDIR));
    must(unlinkat(job->session, ".work", AT_REMOVEDIR));
    snprintf(name, sizeof name, "%s.receipt", job->name);
    must(renameat(state, temporary, done, name));
    COMMIT(done);
    must(renameat2(active, job->file, done, job->name, RENAME_NOREPLACE));
    COMMIT(done, active);
}

static void *work(void *unused)
{
    struct job *job = malloc(sizeof *job);
    if (!job) die("malloc");
    for (struct waiting *item; (item = take()); free(item)) {
        job->name = item->name;
        job->hash = 0;
        job->started[0] = 0;
        if (!is_settled(job)) continue; /* gone, or announced again when its writer closes it */
        stage(job);
        if (claim(job)) {
            run_step(job);
            keep_outputs(job);
            publish_and_file(job);
        }
        close(job->session);
        close(job->metadata);
    }
    return unused;
}

/* Finding jobs. */

static void scan(void)
{
    DIR *stream = fdopendir(open_directory(inbox, "."));
    if (!stream) die("inbox");
    for (struct dirent *entry; (entry = readdir(stream));) put(entry->d_name);
    closedir(stream);
}

static void tell_ready(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    if (!path) return;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int socket_ = must(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sendto(socket_, "READY=1", 7, 0, (struct sockaddr *)&address, sizeof address);
    close(socket_);
}

int main(int count, char **arguments)
{
    int workers = 0;
    for (int option; (option = getopt(count, arguments, "sw:")) != -1;) {
        if (option == 's') shares_commits = true;
        else if (option == 'w') workers = atoi(optarg);
        else return 64;
    }
    if (!workers) workers = shares_commits ? 16 : 2;
    if (optind != count - 1 || workers < 1 || workers > 256) {
        fprintf(stderr, "usage: reference [-s] [-w WORKERS] ROOT\n");
        return 64;
    }
    open_root(arguments[optind]);

    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    int signals = must(signalfd(-1, &stop, SFD_CLOEXEC));
    int events = must(inotify_init1(IN_CLOEXEC));
    char path[4096 + 8];
    snprintf(path, sizeof path, "%s/inbox", root_path);
    must(inotify_add_watch(events, path, IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR));

    sem_init(&slots, 0, 2);
    pthread_t threads[256], thread;
    if (shares_commits) pthread_create(&thread, NULL, committer, NULL);
    for (int i = 0; i < workers; i++) pthread_create(&threads[i], NULL, work, NULL);
    scan();
    tell_ready();

    struct pollfd sources[] = {{.fd = events, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    while (poll(sources, 2, -1) > 0 && !sources[1].revents) {
        _Alignas(struct inotify_event) char buffer[65536];
        ssize_t length = must(read(events, buffer, sizeof buffer));
        for (char *at = buffer; at < buffer + length;) {
            struct inotify_event *event = (void *)at;
            if (event->mask & IN_Q_OVERFLOW) scan();
            else if (event->len) put(event->name);
            at += sizeof *event + event->len;
        }
    }
    pthread_mutex_lock(&queue_lock);
    stopping = true;
    pthread_cond_broadcast(&queue_changed);
    pthread_mutex_unlock(&queue_lock);
    for (int i = 0; i < workers; i++) pthread_join(threads[i], NULL);
    return 0;
}
