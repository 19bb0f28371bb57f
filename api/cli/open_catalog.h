/*
 * Opening the catalogue: alone, in this machine's database, or as one of several that a shared log keeps
 * equal.
 */
#ifndef MYPOS_CLI_OPEN_CATALOG_H
#define MYPOS_CLI_OPEN_CATALOG_H

#include "cli/open.h"

#include <signal.h>

/* What the process gets when its catalogue broke while it serves: it should start over. */
#define SHOP_STARTS_OVER SIGUSR1

/* Opens database, writer and catalogue, brings them up to date and gives a fresh shop what it needs. What is
 * opened is the shop's to close, also after a failure. STATUS_NOT_READY: the catalogue has to be made anew,
 * which the next opening does. */
MUST_CHECK enum status shop_open_catalog(const struct config *config, struct shop *shop,
                                         struct detail *detail);

/* Ends what reads the shared log; before the writer is stopped. And the rest, after it. */
void shop_stop_catalog(struct shop *shop);
void shop_close_catalog(struct shop *shop);

#endif
