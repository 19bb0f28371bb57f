/*
 * The bodies of the ledger's documents: a JSON object, compact, whose members are those of the answer that
 * the document stands for. What the ledger knows itself (version, state, balances) is not in it.
 */
#ifndef MYPOS_APP_DOCUMENT_JSON_H
#define MYPOS_APP_DOCUMENT_JSON_H

#include "base/arena.h"
#include "base/json_writer.h"
#include "ledger/document.h"

#include <jansson.h>

/* Writes the members of a body into the object that the writer is in. */
void document_json_emit_members(struct json_writer *json, const struct ledger_document *document);

/* A body with further members, which come as one object, or NULL; it lives in the arena. Members are added,
 * never replaced. */
struct text document_json_append(struct arena *arena, const struct ledger_document *document,
                                 const struct text *members);

/* Writes a parsed value as a member. */
void document_json_emit(struct json_writer *json, const char *name, const json_t *value);

#endif
