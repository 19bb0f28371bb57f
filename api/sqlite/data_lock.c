#include "sqlite/data_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_FILE   "mypos.lock"
#define HOLDER_SIZE 128

static enum status cannot(struct detail *detail, const char *doing, const char *path)
{
    return detail_set(detail, STATUS_STORAGE_UNAVAILABLE, "Cannot %s %s: %s.", doing, path, strerror(errno));
}

static enum status held_by_another(struct detail *detail, const char *directory, int lock)
{
    char holder[HOLDER_SIZE] = "";
    const ssize_t length = pread(lock, holder, sizeof holder - 1, 0);
    holder[length > 0 ? length : 0] = '\0';
    return detail_set(detail, STATUS_STORAGE_UNAVAILABLE, "The data directory %s is in use by %s.", directory,
                      holder[0] != '\0' ? holder : "another process");
}

enum status data_lock_take(const char *directory, const char *purpose, struct detail *detail, int *out)
{
    char path[4096];
    if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
        return cannot(detail, "make the data directory", directory);
    }
    if (snprintf(path, sizeof path, "%s/" LOCK_FILE, directory) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return cannot(detail, "use the data directory", directory);
    }
    const int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) {
        return cannot(detail, "open the lock", path);
    }
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        const enum status status = errno == EWOULDBLOCK ? held_by_another(detail, directory, lock)
                                                        : cannot(detail, "lock", path);
        close(lock);
        return status;
    }
    char holder[HOLDER_SIZE];
    const int length = snprintf(holder, sizeof holder, "process %ld (mypos %s)", (long)getpid(), purpose);
    if (ftruncate(lock, 0) != 0 || pwrite(lock, holder, (size_t)length, 0) != length) {
        /* a full disk must not stop the shop: the lock holds, it only does not say who has it */
    }
    *out = lock;
    return STATUS_OK;
}

void data_lock_release(int lock)
{
    close(lock);
}
