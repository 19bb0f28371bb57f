/*
 * Problems: every error that the server answers, as application/problem+json (RFC 9457).
 *
 *     {"type":"/docs#problem-validation_failed","title":"…","status":422,"detail":"…",
 *      "code":"validation_failed","request_id":"…","errors":[{"pointer","code","detail"}]}
 */
#ifndef MYPOS_HTTP_PROBLEM_H
#define MYPOS_HTTP_PROBLEM_H

#include "http/request.h"

/* Makes the request's reply the problem of a status, with the words and faults in its detail. */
void problem_reply(struct request *request, enum status status);

#endif
