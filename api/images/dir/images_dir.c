#include "images/dir/images_dir.h"

#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNFINISHED     ".unfinished-"
#define UNFINISHED_MAX 64 /* characters of such a name */

struct images_dir {
    struct images images;
    int fd;
    _Atomic unsigned unfinished; /* numbers their names */
};

static const struct images_dir *dir_of(const struct images *images)
{
    return (const struct images_dir *)images;
}

static enum status failed(const char *action, const char *name)
{
    const int error = errno;
    struct log_line line = log_begin(LOG_ERROR, "image_file_failed");
    log_text(&line, "action", action);
    log_text(&line, "name", name);
    log_text(&line, "error", strerror(error));
    log_end(&line);
    return STATUS_STORAGE_UNAVAILABLE;
}

static bool write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        const ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

static enum status keep(const struct images *images, const struct images_picture *picture,
                        struct arena *arena, bool *is_new)
{
    (void)arena;
    struct images_dir *dir = (struct images_dir *)(uintptr_t)images;
    char unfinished[UNFINISHED_MAX];
    struct stat stat;
    *is_new = fstatat(dir->fd, picture->name, &stat, AT_SYMLINK_NOFOLLOW) != 0;
    if (!*is_new) {
        return STATUS_OK;
    }
    snprintf(unfinished, sizeof unfinished, UNFINISHED "%u", atomic_fetch_add(&dir->unfinished, 1));
    const int fd = openat(dir->fd, unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0) {
        return failed("open", picture->name);
    }
    const bool whole = write_all(fd, picture->bytes, picture->length) && fsync(fd) == 0;
    /* The directory is synced too: a product must not outlive its picture. */
    const bool kept = close(fd) == 0 && whole && renameat(dir->fd, unfinished, dir->fd, picture->name) == 0 &&
                      fsync(dir->fd) == 0;
    if (!kept) {
        const enum status status = failed("write", picture->name);
        unlinkat(dir->fd, unfinished, 0);
        return status;
    }
    return STATUS_OK;
}

static enum status read_picture(const struct images *images, const char *name, struct arena *arena,
                                const char **bytes, size_t *length)
{
    const int fd = openat(dir_of(images)->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT ? STATUS_NOT_FOUND : failed("open", name);
    }
    struct stat stat;
    size_t have = 0;
    ssize_t more = fstat(fd, &stat) == 0 ? 1 : -1;
    const size_t size = more < 0 ? 0 : (size_t)stat.st_size;
    char *buffer = arena_alloc(arena, size + 1);
    while (more > 0 && have < size && (more = read(fd, buffer + have, size - have)) > 0) {
        have += (size_t)more;
    }
    const enum status status = more < 0 ? failed("read", name) : STATUS_OK;
    close(fd);
    buffer[have] = '\0';
    *bytes = buffer;
    *length = have;
    return status;
}

static enum status remove_picture(const struct images *images, const char *name, struct arena *arena)
{
    (void)arena;
    return unlinkat(dir_of(images)->fd, name, 0) == 0 || errno == ENOENT ? STATUS_OK : failed("remove", name);
}

static enum status locate(const struct images *images, const char *name, struct arena *arena,
                          const char **url, unsigned *max_age_s)
{
    (void)images;
    (void)name;
    (void)arena;
    *url = NULL;
    *max_age_s = 0;
    return STATUS_OK;
}

static void close_dir(struct images *images)
{
    struct images_dir *dir = (struct images_dir *)images;
    close(dir->fd);
    free(dir);
}

static const struct images_ops ops = {
    .keep = keep, .read = read_picture, .remove = remove_picture, .locate = locate, .close = close_dir};

/* The directory belongs to one process, so none of these is being written. */
static void remove_unfinished(int directory)
{
    const int fd = openat(directory, ".", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;
    while (list != NULL && (entry = readdir(list)) != NULL) {
        if (strncmp(entry->d_name, UNFINISHED, sizeof UNFINISHED - 1) == 0) {
            unlinkat(directory, entry->d_name, 0);
        }
    }
    if (list != NULL) {
        closedir(list);
    }
}

static struct images *images_of(int fd)
{
    struct images_dir *dir = calloc(1, sizeof *dir);
    if (dir == NULL) {
        abort();
    }
    *dir = (struct images_dir){.images = {.ops = &ops}, .fd = fd};
    return &dir->images;
}

enum status images_dir_open(const char *path, struct detail *detail, struct images **images)
{
    const int fd = mkdir(path, 0755) != 0 && errno != EEXIST ? -1
                                                             : open(path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return detail_set(detail, STATUS_INTERNAL_ERROR, "Cannot open the directory %s: %s.", path,
                          strerror(errno));
    }
    remove_unfinished(fd);
    *images = images_of(fd);
    return STATUS_OK;
}

enum status images_dir_open_reading(const char *path, struct detail *detail, struct images **images)
{
    const int fd = open(path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return detail_set(detail, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_INTERNAL_ERROR,
                          "Cannot open the directory %s: %s.", path, strerror(errno));
    }
    *images = images_of(fd);
    return STATUS_OK;
}
