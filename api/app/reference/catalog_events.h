/*
 * Events of the catalogue: each change in its log (catalog/change.h) becomes an event in the ledger's outbox,
 * such as product.updated, which goes where all events go.
 *
 *     change log ──read after the cursor──▶ act: events put, cursor moved ──▶ outbox
 *
 * The cursor is a document of the ledger (LEDGER_CURSOR). An act moves it only from the version that was
 * read, so of several instances one tells of a change, and none is told of twice or never. An event has the
 * id of its change. What was changed before the first start is not told.
 *
 *     create, update, archive, restore   <entity>.created, .updated, .archived, .restored: the entity as it
 * reads prices of a price list             price_list.prices_set: its id, and the number of the change import
 * products.imported: the number of the change what holds secrets                 nothing
 */
#ifndef MYPOS_APP_CATALOG_EVENTS_H
#define MYPOS_APP_CATALOG_EVENTS_H

#include "app/app.h"

struct catalog_events;

/* In a thread of its own. The caller owns it. */
MUST_CHECK enum status catalog_events_start(struct app *app, struct catalog_events **events);

/* Tells what was changed before. NULL is allowed. */
void catalog_events_stop(struct catalog_events *events);

#endif
