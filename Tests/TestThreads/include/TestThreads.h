#ifndef TESTTHREADS_H
#define TESTTHREADS_H

// Nothing to call: it is enough to be linked. See TestThreads.c.

#endif
