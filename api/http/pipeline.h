/*
 * Pipeline: a request's straight way to its answer.
 *
 *     head  ─▶ match ─▶ authenticate ─▶ authorise ─▶ media types, lengths, parameters
 *     body  ─▶ parse ─▶ validate ─▶ handler (op_*.c)
 *     reply ─▶ encode ─▶ count ─▶ (sent) ─▶ log
 *
 * Everything that the head can decide is decided before a byte of the body is taken in.
 */
#ifndef MYPOS_HTTP_PIPELINE_H
#define MYPOS_HTTP_PIPELINE_H

#include "http/contract.h"
#include "http/encode.h"
#include "http/static_files.h"

struct pipeline {
    struct app *app;
    struct contract *contract;
    struct cors cors;
    const struct static_files *files;
    _Atomic bool draining; /* every answer ends its connection */
};

/* The process has one; set before the server starts. */
void pipeline_set(struct pipeline *chosen);

/* Whether the server drains: it answers what it has, and is ready for nothing new. */
bool pipeline_is_draining(void);

/* Judges the head, after request_finish_head. True: the body is wanted, request->body_limit bytes at most.
 * False: the reply is ready. */
bool pipeline_head(struct request *request);

/* The body has arrived: in memory, or spooled (op.upload_fd). Makes the reply. */
void pipeline_body(struct request *request, const char *body, size_t length);

/* Makes the reply to what cannot be worked on. */
void pipeline_refuse(struct request *request, enum status status);

/* The answer was sent, or never will be. Writes the line of the log. */
void pipeline_done(struct request *request);

#endif
