#include "CMotion.h"

#if defined(__x86_64__)
#include <tmmintrin.h>
#endif

static _Atomic int refused;

int cmotion_is_vectorized(void)
{
#if defined(__x86_64__)
    return !refused && __builtin_cpu_supports("ssse3");
#else
    return 0;
#endif
}

void cmotion_set_vectorized(int allowed) { refused = !allowed; }

void cmotion_prepare(const uint32_t *columns, int count, struct cmotion_block *blocks)
{
    for (int first = 0; first + 8 <= count; first += 8) {
        struct cmotion_block *block = &blocks[first / 8];
        const uint32_t base = columns[first] >> 9;
        block->base = (columns[first + 7] >> 9) + 1 - base <= 15 ? (int32_t)base : -1;
        for (int i = 0; i < 8; i++) {
            const uint32_t index = (columns[first + i] >> 9) - base, part = columns[first + i] & 511;
            // The upper byte of each 16-bit lane becomes zero.
            block->left[2 * i] = (uint8_t)(index & 15);
            block->right[2 * i] = (uint8_t)((index + 1) & 15);
            block->left[2 * i + 1] = block->right[2 * i + 1] = 0x80;
            block->left_weight[i] = (uint16_t)(256 - part);
            block->right_weight[i] = (uint16_t)part;
        }
    }
}

static void scale_columns(
    const uint8_t *row, const uint32_t *columns, uint16_t *target, int from, int to)
{
    for (int i = from; i < to; i++) {
        const uint8_t *pixel = row + (columns[i] >> 9);
        const uint32_t part = columns[i] & 511;
        target[i] = (uint16_t)((pixel[0] * (256 - part) + pixel[1] * part) >> 1);
    }
}

static void mix_columns(
    const uint16_t *upper, const uint16_t *lower, unsigned part, uint8_t *target, int from, int to)
{
    for (int i = from; i < to; i++)
        target[i] = (uint8_t)((upper[i] * (256 - part) + lower[i] * part + 16384) >> 15);
}

#if defined(__x86_64__)

__attribute__((target("ssse3"))) static int scale_blocks(
    const uint8_t *row, size_t readable, const uint32_t *columns,
    const struct cmotion_block *blocks, uint16_t *target, int count)
{
    int i = 0;
    for (; i + 8 <= count; i += 8) {
        const struct cmotion_block *block = &blocks[i / 8];
        if (block->base < 0 || (size_t)block->base + 16 > readable) {
            scale_columns(row, columns, target, i, i + 8);
            continue;
        }
        const __m128i bytes = _mm_loadu_si128((const __m128i *)(row + block->base));
        const __m128i left = _mm_shuffle_epi8(bytes, _mm_loadu_si128((const __m128i *)block->left));
        const __m128i right = _mm_shuffle_epi8(bytes, _mm_loadu_si128((const __m128i *)block->right));
        // At most 255 * 256: it fits into 16 bits without a sign.
        const __m128i sum = _mm_add_epi16(
            _mm_mullo_epi16(left, _mm_loadu_si128((const __m128i *)block->left_weight)),
            _mm_mullo_epi16(right, _mm_loadu_si128((const __m128i *)block->right_weight)));
        _mm_storeu_si128((__m128i *)(target + i), _mm_srli_epi16(sum, 1));
    }
    return i;
}

__attribute__((target("ssse3"))) static int mix_blocks(
    const uint16_t *upper, const uint16_t *lower, unsigned part, uint8_t *target, int count)
{
    const __m128i weights = _mm_set1_epi32((int)(part << 16 | (256 - part)));
    const __m128i half = _mm_set1_epi32(16384);
    int i = 0;
    for (; i + 16 <= count; i += 16) {
        __m128i sums[4];
        for (int part_of = 0; part_of < 2; part_of++) {
            const int at = i + 8 * part_of;
            const __m128i a = _mm_loadu_si128((const __m128i *)(upper + at));
            const __m128i b = _mm_loadu_si128((const __m128i *)(lower + at));
            // Rows hold at most 32640, which is positive with a sign, too.
            sums[2 * part_of] = _mm_madd_epi16(_mm_unpacklo_epi16(a, b), weights);
            sums[2 * part_of + 1] = _mm_madd_epi16(_mm_unpackhi_epi16(a, b), weights);
        }
        for (int s = 0; s < 4; s++) sums[s] = _mm_srai_epi32(_mm_add_epi32(sums[s], half), 15);
        const __m128i low = _mm_packs_epi32(sums[0], sums[1]);
        const __m128i high = _mm_packs_epi32(sums[2], sums[3]);
        _mm_storeu_si128((__m128i *)(target + i), _mm_packus_epi16(low, high));
    }
    return i;
}

#endif

void cmotion_scale_row(
    const uint8_t *row, size_t readable, const uint32_t *columns,
    const struct cmotion_block *blocks, uint16_t *target, int count)
{
    int done = 0;
#if defined(__x86_64__)
    if (cmotion_is_vectorized())
        done = scale_blocks(row, readable, columns, blocks, target, count);
#endif
    scale_columns(row, columns, target, done, count);
}

void cmotion_mix_rows(
    const uint16_t *upper, const uint16_t *lower, unsigned part, uint8_t *target, int count)
{
    int done = 0;
#if defined(__x86_64__)
    if (cmotion_is_vectorized()) done = mix_blocks(upper, lower, part, target, count);
#endif
    mix_columns(upper, lower, part, target, done, count);
}
