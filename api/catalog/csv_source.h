/*
 * The bytes of an import: a spooled file, plain or gzip (RFC 1952, several members too), told apart by the
 * first two bytes. By zlib.
 */
#ifndef MYPOS_CATALOG_CSV_SOURCE_H
#define MYPOS_CATALOG_CSV_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <zlib.h>

#define CSV_SOURCE_MAX   (2LL << 30) /* bytes, inflated: a bomb ends here */
#define CSV_SOURCE_CHUNK 65536

struct csv_source {
    int fd; /* borrowed */
    bool is_gzip, stream_open, file_ended, member_ended;
    int64_t total;     /* bytes given out */
    const char *fault; /* why it failed: "gzip_damaged", "file_too_large", "read_error" */
    z_stream stream;
    unsigned char input[CSV_SOURCE_CHUNK];
};

/* Starts at the beginning of the file. `must_be_gzip`: the client said so. */
void csv_source_open(struct csv_source *source, int fd, bool must_be_gzip);
void csv_source_close(struct csv_source *source);

/* A csv_read (catalog/csv.h) of a struct csv_source. */
ssize_t csv_source_read(void *context, char *buffer, size_t size);

#endif
