#include "base/detail.h"

#include <stdarg.h>
#include <stdio.h>

#define SENTENCE_SIZE 2048 /* of which some are lists, as of all types of events */

void detail_init(struct detail *detail, struct arena *arena)
{
    *detail = (struct detail){.arena = arena};
    detail->last = &detail->first;
}

static __attribute__((format(printf, 2, 0))) const char *write_sentence(struct arena *arena,
                                                                        const char *format, va_list arguments)
{
    char sentence[SENTENCE_SIZE];
    vsnprintf(sentence, sizeof sentence, format, arguments);
    return arena_copy(arena, sentence);
}

enum status detail_set(struct detail *detail, enum status status, const char *format, ...)
{
    if (detail == NULL) {
        return status;
    }
    va_list arguments;
    va_start(arguments, format);
    const char *sentence = write_sentence(detail->arena, format, arguments);
    va_end(arguments);
    detail->text = sentence;
    return status;
}

enum status detail_fault(struct detail *detail, const char *pointer, const char *code, const char *format,
                         ...)
{
    if (detail == NULL || detail->faults++ >= DETAIL_FAULTS_MAX) {
        return STATUS_VALIDATION_FAILED;
    }
    va_list arguments;
    va_start(arguments, format);
    const char *sentence = write_sentence(detail->arena, format, arguments);
    va_end(arguments);
    struct fault *fault = arena_alloc(detail->arena, sizeof *fault);
    *fault = (struct fault){
        .pointer = arena_copy(detail->arena, pointer),
        .code = code,
        .detail = sentence,
    };
    *detail->last = fault;
    detail->last = &fault->next;
    return STATUS_VALIDATION_FAILED;
}
