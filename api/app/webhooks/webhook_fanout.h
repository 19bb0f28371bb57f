/*
 * The fan-out: a backend of notifications that makes a delivery for each webhook that wants an event, and
 * then hands the event on to the backend behind it (the log, a topic).
 *
 * An event whose deliveries could not be made is not handed on: it comes again. One that the backend behind
 * did not take comes again too, and its deliveries are found made.
 */
#ifndef MYPOS_APP_WEBHOOK_FANOUT_H
#define MYPOS_APP_WEBHOOK_FANOUT_H

#include "app/app.h"
#include "notify/notify.h"

/* `behind` is borrowed. The caller owns the fan-out, and closes it by its own slot, which leaves `behind`
 * open. */
MUST_CHECK enum status webhook_fanout_open(struct app *app, const struct notify *behind,
                                           const struct notify **notify);

#endif
