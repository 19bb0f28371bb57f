#include "images/thumbnail.h"

#include "base/clock.h"
#include "base/log.h"
#include "images/image_head.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM   "mypos-thumbnailer"
#define WORDS_MAX 400 /* of the program's last words, for the log */

static struct {
    char path[PATH_MAX];
    sem_t turns;
    atomic_bool told_unconfined;
} program;

enum status thumbnails_find_program(struct detail *detail)
{
    static const char *const places[] = {"", "../libexec/mypos/"};
    char self[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length < 0 ? 0 : length] = '\0';
    char *slash = strrchr(self, '/');
    if (slash == NULL) {
        return detail_set(detail, STATUS_INTERNAL_ERROR, "Cannot tell where this program is.");
    }
    slash[1] = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const int written = snprintf(program.path, sizeof program.path, "%s%s" PROGRAM, self, places[i]);
        if (written < (int)sizeof program.path && access(program.path, X_OK) == 0) {
            sem_init(&program.turns, 0, THUMBNAILS_AT_ONCE);
            return STATUS_OK;
        }
    }
    program.path[0] = '\0';
    return detail_set(detail, STATUS_INTERNAL_ERROR,
                      "%s is neither in %s nor in %s%s: pictures cannot be uploaded.", PROGRAM, self, self,
                      places[1]);
}

/* --- the program ------------------------------------------------------------------------------------- */

struct run {
    int large, small, words; /* memory files that it writes */
};

/* With a number that none of the program's own files has. */
static int open_memory(const char *name)
{
    const int fd = memfd_create(name, MFD_CLOEXEC);
    const int high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, THUMBNAIL_FD_SMALL + 1);
    if (fd >= 0) {
        close(fd);
    }
    return high;
}

static bool open_run(struct run *run)
{
    run->large = open_memory("large");
    run->small = open_memory("small");
    run->words = open_memory("words");
    return run->large >= 0 && run->small >= 0 && run->words >= 0;
}

static void close_run(const struct run *run)
{
    const int fds[] = {run->large, run->small, run->words};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
}

/* It inherits four files, and none of our environment: that holds passwords. */
static int start(int fd, const struct run *run, pid_t *pid)
{
    /* No code is made at run time, one thread, no huge memory arenas. */
    const char *environment[] = {
        "VIPS_NOVECTOR=1",       "ORC_CODE=backup",   "VIPS_CONCURRENCY=1", "MALLOC_ARENA_MAX=1",
        "G_SLICE=always-malloc", "HOME=/nonexistent", "LC_ALL=C",           NULL};
    const char *arguments[] = {PROGRAM, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    if (posix_spawn_file_actions_init(&files) != 0) {
        return ENOMEM;
    }
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none); /* the server blocks SIGTERM */
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawn_file_actions_adddup2(&files, fd, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, run->words, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, run->words, STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&files, run->large, THUMBNAIL_FD_LARGE);
    posix_spawn_file_actions_adddup2(&files, run->small, THUMBNAIL_FD_SMALL);
    posix_spawn_file_actions_addclosefrom_np(&files, THUMBNAIL_FD_SMALL + 1);
    const int error = posix_spawn(pid, program.path, &files, &attributes, (char *const *)(uintptr_t)arguments,
                                  (char *const *)(uintptr_t)environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

/* Waits for the end, and kills what takes too long; false: it had to. */
static bool wait_for(pid_t pid, int *wait_status)
{
    const int pidfd = pidfd_open(pid, 0);
    const int64_t until_us = clock_monotonic_us() + (int64_t)THUMBNAILS_TIMEOUT_MS * 1000;
    int ready = 0;
    while (pidfd >= 0) {
        const int64_t left_us = until_us - clock_monotonic_us();
        struct pollfd end = {.fd = pidfd, .events = POLLIN};
        ready = poll(&end, 1, left_us <= 0 ? 0 : (int)(left_us / 1000) + 1);
        if (ready >= 0 || errno != EINTR) {
            break;
        }
    }
    if (ready <= 0) {
        kill(pid, SIGKILL);
    }
    while (waitpid(pid, wait_status, 0) < 0 && errno == EINTR) {
    }
    if (pidfd >= 0) {
        close(pidfd);
    }
    return ready > 0;
}

static const char *last_words(const struct run *run, char words[static WORDS_MAX + 1])
{
    const ssize_t length = pread(run->words, words, WORDS_MAX, 0);
    words[length < 0 ? 0 : length] = '\0';
    return words;
}

static void log_end_of_program(enum log_level level, const struct run *run, const char *name, int number)
{
    char words[WORDS_MAX + 1];
    struct log_line line = log_begin(level, "thumbnailer_failed");
    log_int(&line, name, number);
    log_text(&line, "words", last_words(run, words));
    log_end(&line);
}

static void log_unconfined_once(const struct run *run)
{
    char words[WORDS_MAX + 1];
    if (!atomic_exchange(&program.told_unconfined, true)) {
        struct log_line line = log_begin(LOG_WARNING, "thumbnailer_unconfined");
        log_text(&line, "why", last_words(run, words));
        log_end(&line);
    }
}

/* --- what comes of it -------------------------------------------------------------------------------- */

static enum status read_thumbnail(int fd, struct arena *arena, struct thumbnail *thumbnail)
{
    struct stat stat;
    if (fstat(fd, &stat) != 0 || stat.st_size == 0 || stat.st_size > THUMBNAIL_BYTES_MAX) {
        return STATUS_INTERNAL_ERROR;
    }
    char *bytes = arena_alloc(arena, (size_t)stat.st_size);
    thumbnail->bytes = bytes;
    thumbnail->length = (size_t)stat.st_size;
    return pread(fd, bytes, thumbnail->length, 0) == stat.st_size ? STATUS_OK : STATUS_INTERNAL_ERROR;
}

static enum status too_large(struct detail *detail, const struct image_head *head)
{
    const char *found = head->width == 0
                            ? ""
                            : arena_printf(detail->arena, " of %u × %u pixels", head->width, head->height);
    return detail_set(detail, STATUS_IMAGE_TOO_LARGE,
                      "The file is %s%s; %d million pixels are the most that is taken.", head->name, found,
                      IMAGE_PIXELS_MAX / 1000000);
}

static enum status unreadable(struct detail *detail, const struct image_head *head, const char *why)
{
    const char *found = head->width == 0
                            ? ""
                            : arena_printf(detail->arena, " of %u × %u pixels", head->width, head->height);
    return detail_set(detail, STATUS_IMAGE_UNREADABLE, "The file begins as %s%s, but %s.", head->name, found,
                      why);
}

static enum status judge(int wait_status, bool in_time, const struct run *run, const struct image_head *head,
                         struct detail *detail)
{
    if (!in_time) { /* its own time is bounded by half of that */
        log_end_of_program(LOG_WARNING, run, "timeout_ms", THUMBNAILS_TIMEOUT_MS);
        return detail_set(detail, STATUS_OVERLOADED, "The server is too busy to make the picture.");
    }
    if (!WIFEXITED(wait_status)) {
        const int signal = WTERMSIG(wait_status);
        log_end_of_program(LOG_WARNING, run, "signal", signal);
        return unreadable(detail, head,
                          signal == SIGXCPU ? "takes too long to decode"
                                            : "the decoder could not cope with it");
    }
    switch (WEXITSTATUS(wait_status)) {
    case THUMBNAIL_MADE_UNCONFINED:
        log_unconfined_once(run);
        return STATUS_OK;
    case THUMBNAIL_MADE:
        return STATUS_OK;
    case THUMBNAIL_UNREADABLE:
        log_end_of_program(LOG_DEBUG, run, "exit", THUMBNAIL_UNREADABLE);
        return unreadable(detail, head, "it is damaged or cut off");
    case THUMBNAIL_TOO_LARGE:
        return too_large(detail, head);
    case THUMBNAIL_NO_MEMORY:
        log_end_of_program(LOG_WARNING, run, "exit", THUMBNAIL_NO_MEMORY);
        return unreadable(detail, head, "takes too much memory to decode");
    default:
        log_end_of_program(LOG_ERROR, run, "exit", WEXITSTATUS(wait_status));
        return STATUS_INTERNAL_ERROR;
    }
}

static enum status run_program(int fd, const struct image_head *head, struct arena *arena,
                               struct detail *detail, struct thumbnail *large, struct thumbnail *small)
{
    struct run run = {-1, -1, -1};
    pid_t pid = -1;
    int wait_status = 0;
    enum status status = STATUS_OK;
    const int error = open_run(&run) ? start(fd, &run, &pid) : errno;
    if (error != 0) {
        struct log_line line = log_begin(LOG_ERROR, "thumbnailer_not_started");
        log_text(&line, "error", strerror(error));
        log_end(&line);
        status = STATUS_OVERLOADED;
        goto out;
    }
    const bool in_time = wait_for(pid, &wait_status);
    status = judge(wait_status, in_time, &run, head, detail);
    if (status == STATUS_OK) {
        status = read_thumbnail(run.large, arena, large);
    }
    if (status == STATUS_OK) {
        status = read_thumbnail(run.small, arena, small);
    }
out:
    close_run(&run);
    return status;
}

/* The kind and size of the file, before anything is done for it. */
static enum status look(int fd, struct detail *detail, struct image_head *head)
{
    struct stat stat;
    if (fstat(fd, &stat) != 0) {
        return STATUS_STORAGE_UNAVAILABLE;
    }
    const size_t length = (size_t)stat.st_size;
    const void *bytes = length == 0 ? "" : mmap(NULL, length, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED) {
        return STATUS_STORAGE_UNAVAILABLE;
    }
    *head = image_head_read(bytes, length);
    if (length > 0) {
        munmap((void *)(uintptr_t)bytes, length);
    }
    if (head->format == IMAGE_UNKNOWN) {
        return detail_set(detail, STATUS_UNSUPPORTED_MEDIA_TYPE,
                          "The file is %s; pictures are taken as JPEG, PNG, WebP and AVIF.", head->name);
    }
    if (!image_size_is_allowed(head->width, head->height)) {
        return too_large(detail, head);
    }
    if (head->is_cut) {
        return unreadable(detail, head, "it is damaged or cut off");
    }
    if (head->format != IMAGE_AVIF && (head->width == 0 || head->height == 0)) {
        return unreadable(detail, head, "it does not say how large it is");
    }
    return STATUS_OK;
}

enum status thumbnails_check(struct detail *detail, bool *is_confined)
{
    struct run run = {-1, -1, -1};
    char words[WORDS_MAX + 1];
    pid_t pid = -1;
    int wait_status = 0;
    bool started = false;
    const int nothing = open_memory("nothing");
    const int error = nothing >= 0 && open_run(&run) ? start(nothing, &run, &pid) : errno;
    if (error != 0) {
        (void)detail_set(detail, STATUS_INTERNAL_ERROR, "%s cannot be started: %s", PROGRAM, strerror(error));
    } else {
        const bool in_time = wait_for(pid, &wait_status);
        const int code = in_time && WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
        *is_confined = code == THUMBNAIL_MADE;
        started = *is_confined || code == THUMBNAIL_MADE_UNCONFINED;
        (void)detail_set(detail, STATUS_INTERNAL_ERROR, "%s", last_words(&run, words));
    }
    close_run(&run);
    if (nothing >= 0) {
        close(nothing);
    }
    return started ? STATUS_OK : STATUS_INTERNAL_ERROR;
}

/* One's turn; false when the others took too long. */
static bool take_turn(void)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += THUMBNAILS_WAIT_MS / 1000;
    int result;
    while ((result = sem_clockwait(&program.turns, CLOCK_MONOTONIC, &until)) != 0 && errno == EINTR) {
    }
    return result == 0;
}

enum status thumbnails_make(int fd, struct arena *arena, struct detail *detail, struct thumbnail *large,
                            struct thumbnail *small)
{
    struct image_head head;
    enum status status = look(fd, detail, &head);
    if (status != STATUS_OK) {
        return status;
    }
    if (program.path[0] == '\0') {
        return detail_set(detail, STATUS_INTERNAL_ERROR, "The server has no %s.", PROGRAM);
    }
    if (!take_turn()) {
        return detail_set(detail, STATUS_OVERLOADED, "Too many pictures are being uploaded.");
    }
    status = run_program(fd, &head, arena, detail, large, small);
    sem_post(&program.turns);
    return status;
}
