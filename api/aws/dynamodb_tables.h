/*
 * Tables of DynamoDB, made from the definitions in migrations/dynamodb, which are part of the binary. A
 * definition is one JSON object:
 *
 *     Table                a CreateTable request; its TableName gets the prefix
 *     TimeToLive           an UpdateTimeToLive specification, or absent
 *     PointInTimeRecovery  an UpdateContinuousBackups specification, or absent
 *
 * packaging/aws makes its CloudFormation resources from the same files.
 */
#ifndef MYPOS_AWS_DYNAMODB_TABLES_H
#define MYPOS_AWS_DYNAMODB_TABLES_H

#include "aws/dynamodb.h"
#include "base/detail.h"

#define DYNAMODB_PREFIX_MAX       64
#define DYNAMODB_TABLE_NAME_SIZE  (DYNAMODB_PREFIX_MAX + 64)
#define DYNAMODB_TABLE_TIMEOUT_MS 180000 /* until a new table must be ready */

/* The definitions; the last one is all NULL. Made by the build (CMakeLists.txt). */
struct dynamodb_definition {
    const char *name; /* without the prefix */
    const char *json;
    const size_t *size;
};
extern const struct dynamodb_definition dynamodb_definitions[];

/* Makes the tables that are missing and waits until all of them are ready; does nothing twice. `created` says
 * how many there were to make. What is there and lacks an index is refused: the words go to `detail`. */
MUST_CHECK enum status dynamodb_tables_make(struct dynamodb *dynamodb, const char *prefix, unsigned *created,
                                            struct detail *detail);

/* Removes them: for tests and tools. */
MUST_CHECK enum status dynamodb_tables_drop(struct dynamodb *dynamodb, const char *prefix);

/* Whether every table is there and ready; `detail` says which is not. */
MUST_CHECK enum status dynamodb_tables_check(struct dynamodb *dynamodb, const char *prefix,
                                             struct detail *detail);

#endif
