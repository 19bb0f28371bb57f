/*
 * mypos-thumbnailer: decodes one picture, for the server (images/thumbnail.h).
 *
 * The file is standard input; file descriptors 3 and 4 get the large and the small picture; the exit status
 * says how it went, and the words on standard error are for the log. It bounds itself before it looks at the
 * file: memory, time, files; and it is the first to go when the machine runs out of memory, not the till.
 */
#include "images/thumbnailer/decode.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEMORY_MAX  (768u << 20) /* of addresses; the libraries take some 150 MB of them */
#define SECONDS_MAX 10           /* of the processor */
#define NICENESS    10
#define FAILED      1
#define WORDS_MAX   1024

#if defined(__SANITIZE_ADDRESS__)
/* The search for leaks would have to open files. One picture is decoded, and the process ends. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
#endif

static bool limit(int resource, rlim_t most)
{
    const struct rlimit bound = {.rlim_cur = most, .rlim_max = most};
    return setrlimit((__rlimit_resource_t)resource, &bound) == 0;
}

static bool confine(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        (void)!write(fd, "1000", 4);
        close(fd);
    }
    (void)!nice(NICENESS);
    bool bounded = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && limit(RLIMIT_CORE, 0) &&
                   limit(RLIMIT_CPU, SECONDS_MAX) && limit(RLIMIT_FSIZE, THUMBNAIL_BYTES_MAX);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    bounded = bounded && limit(RLIMIT_AS, MEMORY_MAX); /* sanitizers reserve more than there is */
#endif
    return bounded;
}

/* From here on neither a file nor a socket can be opened. */
static bool close_doors(void)
{
    return limit(RLIMIT_NOFILE, 0);
}

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

int main(void)
{
    struct stat stat;
    if (!confine() || !decode_start() || fstat(STDIN_FILENO, &stat) != 0 || stat.st_size <= 0) {
        fputs("cannot start\n", stderr);
        return FAILED;
    }
    const size_t length = (size_t)stat.st_size;
    void *bytes = mmap(NULL, length, PROT_READ, MAP_PRIVATE, STDIN_FILENO, 0);
    if (bytes == MAP_FAILED || !close_doors()) {
        perror("cannot start");
        return FAILED;
    }
    struct decoded decoded;
    char words[WORDS_MAX];
    const enum thumbnail_exit made = decode(bytes, length, &decoded, words, sizeof words);
    fputs(words, stderr);
    if (made != THUMBNAIL_MADE) {
        return (int)made;
    }
    const bool written = write_all(THUMBNAIL_FD_LARGE, decoded.large, decoded.large_length) &&
                         write_all(THUMBNAIL_FD_SMALL, decoded.small, decoded.small_length);
    decoded_free(&decoded);
    return written ? THUMBNAIL_MADE : FAILED;
}
