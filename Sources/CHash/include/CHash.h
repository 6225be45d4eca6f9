/* SHA-256's inner loop by the processor's own instructions for it, where there are such. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Whether this processor has them: without, the loop must not be called. */
int chash_has_sha256(void);

/*
 * Takes so many blocks of 64 bytes into a state, as FIPS 180-4 section 6.2.2 has it. `constants` are the
 * 64 of section 4.2.2.
 */
void chash_sha256(uint32_t state[8], const void *blocks, size_t count, const uint32_t *constants);
