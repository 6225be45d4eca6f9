/*
 * What is needed of the interfaces of libespeak-ng.so.1 and libflite.so.1, which are loaded with
 * dlopen(3): a machine without a voice runs the others, and none of their headers is needed to
 * build. Taken from speak_lib.h (API revision 12) and flite.h with those it includes (2.2).
 */
#pragma once

#include <stddef.h>

/* speak_lib.h: espeak_EVENT. */
struct cvoices_espeak_event {
    int type;
    unsigned int unique_identifier;
    int text_position; /* in characters, counted from 1 */
    int length;
    int audio_position; /* milliseconds */
    int sample;
    void *user_data;
    union {
        int number;
        const char *name;
        char string[8];
    } id;
};

enum {
    CVOICES_ESPEAK_END_OF_LIST = 0,
    CVOICES_ESPEAK_WORD = 1,
    CVOICES_ESPEAK_END_OF_CLAUSE = 5,

    CVOICES_ESPEAK_SYNCHRONOUS = 2, /* espeak_AUDIO_OUTPUT */
    CVOICES_ESPEAK_BY_CHARACTER = 1, /* espeak_POSITION_TYPE */
    CVOICES_ESPEAK_RATE = 1,         /* espeak_PARAMETER */
    CVOICES_ESPEAK_UTF8 = 1,
    CVOICES_ESPEAK_END_PAUSE = 0x1000,
    CVOICES_ESPEAK_DO_NOT_EXIT = 0x8000,
};

typedef int (*cvoices_espeak_callback)(short *, int, struct cvoices_espeak_event *);
typedef int (*cvoices_espeak_initialize)(int, int, const char *, int);
typedef void (*cvoices_espeak_set_callback)(cvoices_espeak_callback);
typedef int (*cvoices_espeak_set_voice)(const char *);

/* speak_lib.h: espeak_VOICE. What is 0 does not matter. */
struct cvoices_espeak_voice {
    const char *name;
    const char *languages;
    const char *identifier;
    unsigned char gender;
    unsigned char age;
    unsigned char variant;
    unsigned char xx1;
    int score;
    void *spare;
};
typedef int (*cvoices_espeak_set_voice_like)(struct cvoices_espeak_voice *);

typedef int (*cvoices_espeak_set_parameter)(int, int, int);
typedef int (*cvoices_espeak_synth)(const void *, size_t, unsigned int, int, unsigned int,
                                    unsigned int, unsigned int *, void *);
typedef int (*cvoices_espeak_synchronize)(void);
typedef const char *(*cvoices_espeak_info)(const char **);

/* cst_wave.h: cst_wave. */
struct cvoices_flite_wave {
    const char *type;
    int sample_rate;
    int num_samples;
    int num_channels;
    short *samples;
};

struct cvoices_flite_voice;
struct cvoices_flite_utterance;
struct cvoices_flite_relation;
struct cvoices_flite_item;

typedef int (*cvoices_flite_init)(void);
typedef struct cvoices_flite_voice *(*cvoices_flite_register)(const char *);
typedef struct cvoices_flite_utterance *(*cvoices_flite_synth)(const char *,
                                                               struct cvoices_flite_voice *);
typedef struct cvoices_flite_wave *(*cvoices_flite_utt_wave)(struct cvoices_flite_utterance *);
typedef struct cvoices_flite_relation *(*cvoices_flite_utt_relation)(
    const struct cvoices_flite_utterance *, const char *);
typedef struct cvoices_flite_item *(*cvoices_flite_relation_head)(struct cvoices_flite_relation *);
typedef struct cvoices_flite_item *(*cvoices_flite_item_step)(const struct cvoices_flite_item *);
typedef float (*cvoices_flite_feature_float)(const struct cvoices_flite_item *, const char *);
typedef const char *(*cvoices_flite_feature_string)(const struct cvoices_flite_item *,
                                                    const char *);
typedef void (*cvoices_flite_delete)(struct cvoices_flite_utterance *);
