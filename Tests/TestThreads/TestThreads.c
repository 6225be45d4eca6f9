#include "TestThreads.h"

#include <pthread.h>
#include <stdlib.h>

// Tests may block, and so do waitpid(2), fsync(2) and whatever they wait for. Swift runs tasks on as
// many threads as there are processors: two tests that block would keep all others, and the timers
// of their limits, from running. So in a process that this is linked into, tasks run on threads of
// which there are enough, and only a few test cases are begun at once. A test target needs nothing
// for that but to depend on TestSupport.
//
// `swift_task_enqueueGlobal_hook` is what Swift's runtime offers for the purpose, see
// include/swift/Runtime/Concurrency.h in its sources. It is for tasks that are on no actor and prefer
// no executor; all others run where they would run without it.

#define SWIFT __attribute__((swiftcall))

typedef void *Job;
typedef struct { void *identity, *implementation; } SerialExecutor;
typedef SWIFT void (*Enqueue)(Job);

extern SWIFT void (*swift_task_enqueueGlobal_hook)(Job, Enqueue original);
extern SWIFT void swift_job_run(Job, SerialExecutor);

// More than test cases at once and the tasks of each that block.
enum { most_threads = 128 };

// How many test cases run at once, unless the environment says otherwise: enough that the processors
// are busy while some wait, few enough that each makes progress.
static const char width[] = "8";

typedef struct Entry {
    struct Entry *next;
    Job job;
} Entry;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t came = PTHREAD_COND_INITIALIZER;
// What waits for a thread, the first to come first.
static Entry *first, **end = &first;
static int waiting, idle, threads;

static void *work(void *nothing)
{
    (void)nothing;
    pthread_mutex_lock(&mutex);
    for (;;) {
        while (first == NULL) {
            idle++;
            pthread_cond_wait(&came, &mutex);
            idle--;
        }
        Entry *entry = first;
        first = entry->next;
        if (first == NULL) end = &first;
        waiting--;
        pthread_mutex_unlock(&mutex);
        swift_job_run(entry->job, (SerialExecutor){NULL, NULL});
        free(entry);
        pthread_mutex_lock(&mutex);
    }
}

static void add_thread(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, work, NULL) != 0) return;
    pthread_detach(thread);
    threads++;
}

static SWIFT void enqueue(Job job, Enqueue original)
{
    Entry *entry = malloc(sizeof *entry);
    if (entry == NULL) {
        original(job);
        return;
    }
    *entry = (Entry){.job = job};
    pthread_mutex_lock(&mutex);
    *end = entry;
    end = &entry->next;
    waiting++;
    // One that was woken counts as idle until it runs, so it is not to be counted on twice.
    if (waiting > idle && threads < most_threads) add_thread();
    if (threads == 0) abort();
    pthread_cond_signal(&came);
    pthread_mutex_unlock(&mutex);
}

__attribute__((constructor)) static void begin(void)
{
    swift_task_enqueueGlobal_hook = enqueue;
    setenv("SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH", width, 0);
}
