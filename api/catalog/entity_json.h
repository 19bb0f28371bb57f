/*
 * From the JSON of requests to the values of an entity, for catalog/entity.c.
 */
#ifndef MYPOS_CATALOG_ENTITY_JSON_H
#define MYPOS_CATALOG_ENTITY_JSON_H

#include "catalog/entity.h"

/* Sets the values of the members that `body` has; adds a fault for each that cannot be one. */
void entity_json_patch(const struct entity *entity, struct entity_act *act, const json_t *body,
                       struct entity_row *row);

/* The same for a new row: absent members get their defaults, or are faults. */
void entity_json_create(const struct entity *entity, struct entity_act *act, const json_t *body,
                        struct entity_row *row);

#endif
