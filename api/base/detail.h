/*
 * Detail: the words that go with a status code.
 *
 * A status says which kind of failure it is; the detail of a request says what and where, for a person:
 * one sentence, and for validation every fault with a JSON Pointer (RFC 6901) to the member at fault.
 * http/problem.c writes both into the answer. Everything lives in the request's arena.
 */
#ifndef MYPOS_BASE_DETAIL_H
#define MYPOS_BASE_DETAIL_H

#include "base/arena.h"
#include "base/status.h"

#define DETAIL_FAULTS_MAX 100

struct fault {
    const char *pointer; /* "/lines/0/quantity"; parameters: "#/query/limit" */
    const char *code;    /* stable: "type", "required", "gtin_check_digit" … */
    const char *detail;  /* a sentence */
    struct fault *next;
};

struct detail {
    struct arena *arena;         /* borrowed */
    const char *text;            /* NULL: the status' title says it all */
    const char *members;         /* further members of the problem document: `"quote":{…}`; NULL for none */
    struct fault *first, **last; /* in the order found */
    unsigned faults;             /* found; at most DETAIL_FAULTS_MAX are kept */
    int retry_after_s;           /* for 429 and 503; 0 for none */
};

void detail_init(struct detail *detail, struct arena *arena);

/* Sets the sentence and returns `status`, so that `return detail_set(d, STATUS_X, "…")` reads well. A NULL
 * detail takes nothing. */
enum status detail_set(struct detail *detail, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a fault; `code` must be a literal. Returns STATUS_VALIDATION_FAILED. */
enum status detail_fault(struct detail *detail, const char *pointer, const char *code, const char *format,
                         ...) __attribute__((format(printf, 4, 5)));

#endif
