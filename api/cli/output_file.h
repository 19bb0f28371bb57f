/*
 * A file that appears whole or not at all: written under another name beside its own, synced, and renamed.
 * Only its owner may read it, for it holds the shop's data.
 */
#ifndef MYPOS_CLI_OUTPUT_FILE_H
#define MYPOS_CLI_OUTPUT_FILE_H

#include <limits.h>
#include <stdbool.h>

struct output_file {
    const char *path;         /* borrowed */
    char temporary[PATH_MAX]; /* write here */
    bool replace;
};

/* Makes the temporary file, empty. When `path` exists and is not to be replaced, that is refused now, before
 * any work. False with a message on standard error. */
bool output_file_begin(struct output_file *file, const char *path, bool replace);

/* Syncs the temporary file and gives it its name; false with a message, and nothing remains. */
bool output_file_finish(struct output_file *file);

/* Removes the temporary file. */
void output_file_abandon(struct output_file *file);

#endif
