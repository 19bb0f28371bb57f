/*
 * Static files: the web-ui at "/" and product pictures at "/images/", as an object store would serve them.
 * Pictures that are in one are answered with a redirection to it, so "/images/NAME" is good wherever they
 * are.
 *
 * A path is walked segment by segment from the directory's descriptor, without following links; names that
 * begin with a dot do not exist. So nothing leads outside. A path without an extension that names no file
 * is a page of the single-page app: it gets index.html. The files of the API reference are in the binary
 * (http/embedded_files.h) and come first.
 */
#ifndef MYPOS_HTTP_STATIC_FILES_H
#define MYPOS_HTTP_STATIC_FILES_H

#include "http/request.h"

struct static_files {
    const struct app *app; /* knows where pictures are; borrowed */
    int web_ui;            /* descriptors of the directories; -1: none */
    int images;
};

/* Opens the directories; a path that is NULL or empty is none. False with the words when one cannot be
 * opened; the one of the images is made when it is missing. */
bool static_files_open(const struct app *app, const char *web_ui, const char *images,
                       struct static_files *files, struct detail *detail);
void static_files_close(struct static_files *files);

/* Makes the reply of a GET; false when there is no such file. */
bool static_files_serve(const struct static_files *files, struct request *request);

#endif
