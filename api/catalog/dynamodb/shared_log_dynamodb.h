/*
 * The shared log (catalog/shared_log.h) in the table `<prefix>catalog-log` of DynamoDB:
 *
 *     pk             sk               what
 *     LOG            <number>         an entry: op, prev, kind, at, seq, length, hash, parts, body,
 *                                     and of a hold until, holder
 *     PART#<op>      <part>           a part of a changeset: body
 *     BEGUN          <op>             parts that were begun: number, parts, at
 *     LEASE          <name>           holder, until
 *     SNAPSHOT       <number>         op, at, seq, length, hash, name
 *     TRIMMED        TRIMMED          number: up to which changesets were dropped
 *
 * Numbers in sort keys have 16 digits. An append is one PutItem on the condition that nothing, or the same
 * entry, is there; the tail is a consistent Query. Both cost what the entry's size does.
 */
#ifndef MYPOS_CATALOG_SHARED_LOG_DYNAMODB_H
#define MYPOS_CATALOG_SHARED_LOG_DYNAMODB_H

#include "aws/dynamodb.h"
#include "catalog/shared_log.h"

#define SHARED_LOG_TABLE "catalog-log" /* after the prefix: migrations/dynamodb */

/* Opens it; no call is made. `dynamodb` is borrowed. The caller closes it. */
MUST_CHECK enum status shared_log_dynamodb_open(struct dynamodb *dynamodb, const char *prefix,
                                                const struct shared_log **log);

#endif
