/*
 * Sales as JSON: the one encoder of priced lines, totals and steps.
 *
 * Quotes and journal records share it. Members come in the order of their names, so that what is written is
 * canonical (RFC 8785) wherever it is used.
 *
 * Freestanding.
 */
#ifndef MYPOS_CORE_SALE_JSON_H
#define MYPOS_CORE_SALE_JSON_H

#include "base/json_writer.h"
#include "core/pricing.h"

/* A line of a sale: who it is, and what core/pricing.h made of it. Everything is borrowed. */
struct sale_line {
    const char *product_id, *sku, *name;
    const struct pricing_line *priced;
};

/* Who did or permitted something. Everything is borrowed. */
struct sale_actor {
    const char *kind, *id, *name; /* "employee", "api_key" or "system"; a NULL id is null */
};

/* An actor, an object. */
void sale_json_actor(struct json_writer *json, const struct sale_actor *actor);

/* "lines":[…], numbered from 1: the name and the value. */
void sale_json_lines(struct json_writer *json, const struct sale_line *lines, size_t count);

/* A step of a quote's trace, an object; `number` counts the steps from 1. */
void sale_json_step(struct json_writer *json, const struct sale_line *lines, size_t count, size_t number,
                    const struct pricing_step *step);

#endif
