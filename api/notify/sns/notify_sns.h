/*
 * The backend for a chain: events are published to a topic of SNS (Query API 2010-03-31, PublishBatch), to
 * which queues, functions and others subscribe.
 *
 * The message is the event as every receiver gets it (notify/notify.h), or a notice when it is larger than
 * SNS takes. Message attributes for filter policies: event_type, event_id, and store_id where the event is a
 * store's. To a FIFO topic (".fifo") events of a store go in their order, and one that is sent twice within
 * five minutes arrives once.
 */
#ifndef MYPOS_NOTIFY_SNS_NOTIFY_SNS_H
#define MYPOS_NOTIFY_SNS_NOTIFY_SNS_H

#include "notify/notify.h"

#define NOTIFY_SNS_BATCH_MAX 10
#define NOTIFY_SNS_BYTES_MAX 262144 /* of a batch: messages and attributes */

struct aws;

/* Both are borrowed; the caller owns the backend, and closes it by its slot. */
const struct notify *notify_sns_open(struct aws *aws, const char *topic_arn);

#endif
