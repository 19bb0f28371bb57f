/*
 * Health: whether the process can do its work.
 */
#ifndef MYPOS_APP_HEALTH_H
#define MYPOS_APP_HEALTH_H

#include "app/app.h"

/* Answers {"status","checks"}: 200 when every check is good, else 503. `draining`: the server stops. */
MUST_CHECK enum status health_ready(struct call *call, bool draining);

#endif
