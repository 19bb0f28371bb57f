/*
 * mypos-thumbnailer: decodes one picture, for the server (images/thumbnail.h).
 *
 * The file is standard input; file descriptors 3 and 4 get the large and the small picture; the exit status
 * says how it went, and the words on standard error are for the log. It walls itself in before it looks at the
 * file (images/thumbnailer/confine.h). An empty file is none: it starts, walls itself in, and says whether it
 * could.
 */
#include "images/thumbnailer/confine.h"
#include "images/thumbnailer/decode.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FAILED    1
#define WORDS_MAX 1024

#if defined(__SANITIZE_ADDRESS__)
/* The search for leaks would have to open files. One picture is decoded, and the process ends. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
#endif

static bool write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        const ssize_t written = write(fd, bytes, length);
        if (written <= 0) {
            return false;
        }
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

/* Maps the file: what is read from it later needs no call. */
static bool map_file(const void **bytes, size_t *length)
{
    struct stat stat;
    if (fstat(STDIN_FILENO, &stat) != 0 || stat.st_size < 0) {
        return false;
    }
    *length = (size_t)stat.st_size;
    *bytes = *length == 0 ? "" : mmap(NULL, *length, PROT_READ, MAP_PRIVATE, STDIN_FILENO, 0);
    return *bytes != MAP_FAILED;
}

static enum thumbnail_exit make(const void *bytes, size_t length)
{
    struct decoded decoded;
    char words[WORDS_MAX];
    const enum thumbnail_exit made = decode(bytes, length, &decoded, words, sizeof words);
    fputs(words, stderr);
    if (made != THUMBNAIL_MADE) {
        return made;
    }
    const bool written = write_all(THUMBNAIL_FD_LARGE, decoded.large, decoded.large_length) &&
                         write_all(THUMBNAIL_FD_SMALL, decoded.small, decoded.small_length);
    decoded_free(&decoded);
    return written ? THUMBNAIL_MADE : (enum thumbnail_exit)FAILED;
}

int main(void)
{
    const void *bytes;
    size_t length;
    struct confine_missing missing;
    if (!confine_resources() || !decode_start() || !map_file(&bytes, &length) || !confine_calls(&missing)) {
        perror("cannot start");
        return FAILED;
    }
    const enum thumbnail_exit made = length == 0 ? THUMBNAIL_MADE : make(bytes, length);
    if (made == THUMBNAIL_MADE && missing.seccomp != NULL) {
        fprintf(stderr, "seccomp: %s; Landlock: %s", missing.seccomp,
                missing.landlock == NULL ? "in force" : missing.landlock);
        return THUMBNAIL_MADE_UNCONFINED;
    }
    return (int)made;
}
