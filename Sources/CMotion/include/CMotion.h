#ifndef CMOTION_H
#define CMOTION_H

#include <stddef.h>
#include <stdint.h>

// The two inner loops of the resampler, with the processor's vector instructions where it has
// them. Every variant gives the same bytes: all of it is integer arithmetic.

/// Eight columns of a row, as they are taken from sixteen bytes of the source.
struct cmotion_block {
    /// Where in those bytes the left and the right pixel of each column are, as pshufb takes it.
    uint8_t left[16], right[16];
    /// Their weights, together 256.
    uint16_t left_weight[8], right_weight[8];
    /// Where in the row the sixteen bytes begin; -1 if the columns are too far apart for that.
    int32_t base;
};

/// Makes the blocks of `count` columns, the first of each eight of them. A column is the index of
/// its left pixel times 512, plus the weight of the right one, 0 to 256; the index never falls.
void cmotion_prepare(const uint32_t *columns, int count, struct cmotion_block *blocks);

/// Interpolates a row: each column's two pixels by their weights, in 1/128.
///
/// `readable` is how many bytes there are from `row` on; the pixels of all columns are among them.
void cmotion_scale_row(
    const uint8_t *row, size_t readable, const uint32_t *columns,
    const struct cmotion_block *blocks, uint16_t *target, int count);

/// Interpolates between two such rows, of which the lower one has the weight `part` of 256, and
/// rounds.
void cmotion_mix_rows(
    const uint16_t *upper, const uint16_t *lower, unsigned part, uint8_t *target, int count);

/// Whether the two above use vector instructions; and makes them do without, for tests.
int cmotion_is_vectorized(void);
void cmotion_set_vectorized(int allowed);

#endif
