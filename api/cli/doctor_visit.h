/*
 * Doctor's visit to AWS: calls that show whether something is allowed and there, and what to do when not. The
 * parts of `mypos doctor` that look at a service share it.
 */
#ifndef MYPOS_CLI_DOCTOR_VISIT_H
#define MYPOS_CLI_DOCTOR_VISIT_H

#include "cli/doctor.h"

struct doctor_visit {
    struct doctor *doctor;
    struct aws *aws;
    const char *who; /* the caller's ARN, for what to allow */
    bool clock_seen;
};

/* A call, and what it shows. */
struct doctor_probe {
    const char *area;
    const char *action;   /* as policies name it: "dynamodb:GetItem" */
    const char *resource; /* what on, for a person */
    const char *wanted;   /* codes of refusals that show that it is allowed; NULL: it must succeed */
    const char *misnamed; /* a word in such a refusal by which the resource's name is at fault; or NULL */
    const char *missing;  /* what to do when the resource is not there */
    const char *unfit;    /* what to do when the service finds the request wrong for it; or NULL */
};

/* A POST of the service's protocol; `target` is NULL where it has none. Adds no finding. */
enum aws_result doctor_call(const struct doctor_visit *visit, const struct aws_service *service,
                            const char *type, const char *target, const char *body,
                            struct aws_response *response);

/* Adds what came of a call; whether it went as it should. */
bool doctor_judge(struct doctor_visit *visit, const struct doctor_probe *probe, enum aws_result result,
                  const struct aws_response *response);

/* Both, of a service that speaks JSON. */
bool doctor_try_json(struct doctor_visit *visit, const struct aws_service *service, const char *target,
                     const char *body, const struct doctor_probe *probe);

/* The tables of the ledger and of the catalogue's log. */
void doctor_look_at_dynamodb(struct doctor_visit *visit);

#endif
