/*
 * The backend for a shop on its own: each event becomes a line of the log (base/log.h), with its id, its
 * type, when it happened, and which thing it is about. Not all of its data: a log is no place for names.
 */
#ifndef MYPOS_NOTIFY_LOG_NOTIFY_LOG_H
#define MYPOS_NOTIFY_LOG_NOTIFY_LOG_H

#include "notify/notify.h"

/* There is one, for ever. */
extern const struct notify notify_log;

#endif
