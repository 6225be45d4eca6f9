#ifndef REELD_ALLOCATIONS_H
#define REELD_ALLOCATIONS_H

/// How often this process asked for memory, on whatever thread. Defining malloc and its kin in the
/// program takes the place of the C library's, see malloc(3) under "Replacing malloc" in the glibc
/// manual.
unsigned long reeld_allocations(void);

#endif
