/*
 * mypos doctor: what is looked at, and what comes of it. A check adds findings; it changes nothing that
 * matters and works beside a running server.
 */
#ifndef MYPOS_CLI_DOCTOR_H
#define MYPOS_CLI_DOCTOR_H

#include "aws/aws.h"
#include "cli/config.h"

#define DOCTOR_FINDINGS_MAX 128

enum doctor_state {
    DOCTOR_GOOD,
    DOCTOR_WARNING, /* it works, and should be seen to */
    DOCTOR_BAD,     /* it does not work */
    DOCTOR_SKIPPED, /* something before it is bad, or it is not configured */
};

struct doctor_finding {
    const char *area; /* "dynamodb" */
    enum doctor_state state;
    const char *says; /* a sentence without its full stop */
    const char *todo; /* what to do about it; NULL: nothing */
};

struct doctor {
    const struct config *config;
    struct arena *arena;
    struct doctor_finding findings[DOCTOR_FINDINGS_MAX];
    size_t count;
};

/* Adds a finding; `todo` lives as long as the arena, the sentence is written to it. */
void doctor_add(struct doctor *doctor, const char *area, enum doctor_state state, const char *todo,
                const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Data directory, disk, database, port, web-ui, pictures. */
void doctor_look_at_machine(struct doctor *doctor);

/* Region, credentials, clock, and each service that is configured: with harmless calls, one for each
 * permission. */
void doctor_look_at_aws(struct doctor *doctor);

#endif
