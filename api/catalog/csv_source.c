#include "catalog/csv_source.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define GZIP_ONLY (15 + 16) /* window bits of inflateInit2: gzip, and nothing else */

static ssize_t fail(struct csv_source *source, const char *fault)
{
    source->fault = fault;
    return -1;
}

static ssize_t read_file(struct csv_source *source, void *buffer, size_t size)
{
    ssize_t count;
    do {
        count = read(source->fd, buffer, size);
    } while (count < 0 && errno == EINTR);
    source->file_ended = count == 0;
    return count < 0 ? fail(source, "read_error") : count;
}

void csv_source_open(struct csv_source *source, int fd, bool must_be_gzip)
{
    memset(source, 0, offsetof(struct csv_source, input));
    source->fd = fd;
    source->is_gzip = must_be_gzip;
    unsigned char magic[2];
    if (lseek(fd, 0, SEEK_SET) < 0) {
        source->fault = "read_error";
        return;
    }
    if (pread(fd, magic, sizeof magic, 0) == (ssize_t)sizeof magic && magic[0] == 0x1f && magic[1] == 0x8b) {
        source->is_gzip = true;
    }
    if (source->is_gzip) {
        source->stream_open = inflateInit2(&source->stream, GZIP_ONLY) == Z_OK;
        source->fault = source->stream_open ? NULL : "read_error";
    }
}

void csv_source_close(struct csv_source *source)
{
    if (source->stream_open) {
        inflateEnd(&source->stream);
        source->stream_open = false;
    }
}

/* The bytes after a member are another one, or nothing. */
static bool next_member(struct csv_source *source)
{
    source->member_ended = false;
    return inflateReset(&source->stream) == Z_OK;
}

static ssize_t read_gzip(struct csv_source *source, char *buffer, size_t size)
{
    z_stream *stream = &source->stream;
    stream->next_out = (unsigned char *)buffer;
    stream->avail_out = (unsigned)(size < CSV_SOURCE_CHUNK ? size : CSV_SOURCE_CHUNK);
    const unsigned room = stream->avail_out;
    while (stream->avail_out == room) {
        if (stream->avail_in == 0 && !source->file_ended) {
            const ssize_t count = read_file(source, source->input, sizeof source->input);
            if (count < 0) {
                return -1;
            }
            stream->next_in = source->input;
            stream->avail_in = (unsigned)count;
        }
        if (stream->avail_in == 0) {
            return source->member_ended ? 0 : fail(source, "gzip_damaged"); /* cut off */
        }
        if (source->member_ended && !next_member(source)) {
            return fail(source, "gzip_damaged");
        }
        const int code = inflate(stream, Z_NO_FLUSH);
        if (code == Z_STREAM_END) {
            source->member_ended = true;
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            return fail(source, "gzip_damaged");
        }
    }
    return (ssize_t)(room - stream->avail_out);
}

ssize_t csv_source_read(void *context, char *buffer, size_t size)
{
    struct csv_source *source = context;
    if (source->fault != NULL) {
        return -1;
    }
    const ssize_t count = source->is_gzip ? read_gzip(source, buffer, size) : read_file(source, buffer, size);
    if (count > 0) {
        source->total += count;
        if (source->total > CSV_SOURCE_MAX) {
            return fail(source, "file_too_large");
        }
    }
    return count;
}
