/*
 * Categories: a tree of groups of products, as shown on the tiles of the till.
 *
 * A path names a category by its ancestors: "Drinks > Hot". A '>' or '\' that belongs to a name is written
 * with a '\' before it.
 */
#ifndef MYPOS_CATALOG_CATEGORY_H
#define MYPOS_CATALOG_CATEGORY_H

#include "catalog/entity.h"

#define CATEGORY_DEPTH_MAX 8
#define CATEGORY_NAME_MAX  100 /* characters; four bytes each at most */
#define CATEGORY_PATH_MAX  (CATEGORY_DEPTH_MAX * (CATEGORY_NAME_MAX * 4 + 3))

enum category_field {
    CATEGORY_NAME,
    CATEGORY_PARENT_ID,
    CATEGORY_COLOUR,
    CATEGORY_IMAGE,
    CATEGORY_POSITION,
    CATEGORY_FIELD_COUNT,
};

/* What is wrong with a path, as the stable code of a fault; NULL: nothing. */
const char *category_path_fault(const char *path);

/* The category of a path that category_path_fault found right; makes what is missing of it, and brings
 * back what is archived. */
MUST_CHECK enum status category_find_or_create(struct entity_act *act, const char *path, struct id *id);

/* Writes the path of a category. */
MUST_CHECK enum status category_path(struct db *db, struct arena *arena, const struct id *id,
                                     struct text *out);

#endif
