/* Who asks, as the change log names them. */
#ifndef MYPOS_APP_ACTOR_H
#define MYPOS_APP_ACTOR_H

#include "app/app.h"
#include "catalog/change.h"

/* Borrows the call's principal. */
struct actor actor_of(const struct call *call);

/* Writes it as a member. */
void actor_emit(struct json_writer *json, const char *name, const struct call *call);

#endif
