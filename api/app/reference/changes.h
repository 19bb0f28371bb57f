/* The change log of the catalogue, for tills that keep a copy. */
#ifndef MYPOS_APP_CHANGES_H
#define MYPOS_APP_CHANGES_H

#include "app/app.h"

MUST_CHECK enum status changes_list(struct call *call, int64_t after, unsigned limit);

#endif
