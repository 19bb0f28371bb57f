/*
 * Files of the web-ui that are part of the binary: the API reference.
 */
#ifndef MYPOS_HTTP_EMBEDDED_FILES_H
#define MYPOS_HTTP_EMBEDDED_FILES_H

#include <stddef.h>

struct embedded_file {
    const char *path; /* "/docs/docs.js"; NULL ends the table */
    const char *bytes;
    const size_t *size;
};

extern const struct embedded_file embedded_files[]; /* made by the build */

/* NULL when there is none of this path. */
const struct embedded_file *embedded_file_at(const char *path);

#endif
