/*
 * A disk that fails on command: preloaded into the server, it makes writes and syncs of the database's
 * files fail or take long.
 *
 * The test and the server share a control page: the file that DISK_FAULTS names, mapped. The test
 * writes it at any time and the next call sees it. Only files whose name contains ".db" are touched: the
 * database, its WAL, its journal.
 *
 * The real functions are the C library's next ones (dlsym(3), RTLD_NEXT).
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* The layout that disk_faults.mjs writes; little-endian, as every machine that this runs on. */
struct control {
    _Atomic uint32_t write_errno;   /* 0: writes work */
    _Atomic uint32_t sync_errno;    /* 0: syncs work */
    _Atomic uint32_t sync_delay_ms; /* every sync takes this much longer */
    _Atomic uint32_t write_passes;  /* this many writes still work, then write_errno holds */
    _Atomic uint32_t refused;       /* counted here: calls that were made to fail */
    _Atomic uint32_t syncs;         /* counted here: syncs of the database's files */
};

static struct control *control;

__attribute__((constructor)) static void map_control(void)
{
    const char *path = getenv("DISK_FAULTS");
    if (path == NULL) {
        return;
    }
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    void *page = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (page != MAP_FAILED) {
        control = page;
    }
}

static int is_database(int fd)
{
    char link[32];
    char path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) {
        return 0;
    }
    path[length] = '\0';
    const char *name = strrchr(path, '/');
    return name != NULL && strstr(name, ".db") != NULL;
}

/* Whether this write must fail; sets errno. */
static int write_fails(int fd)
{
    if (control == NULL || atomic_load(&control->write_errno) == 0 || !is_database(fd)) {
        return 0;
    }
    uint32_t passes = atomic_load(&control->write_passes);
    while (passes > 0) {
        if (atomic_compare_exchange_weak(&control->write_passes, &passes, passes - 1)) {
            return 0;
        }
    }
    atomic_fetch_add(&control->refused, 1);
    errno = (int)atomic_load(&control->write_errno);
    return 1;
}

static int sync_fails(int fd)
{
    if (control == NULL || !is_database(fd)) {
        return 0;
    }
    atomic_fetch_add(&control->syncs, 1);
    uint32_t delay_ms = atomic_load(&control->sync_delay_ms);
    if (delay_ms > 0) {
        struct timespec delay = {.tv_sec = delay_ms / 1000, .tv_nsec = (long)(delay_ms % 1000) * 1000000};
        nanosleep(&delay, NULL);
    }
    if (atomic_load(&control->sync_errno) == 0) {
        return 0;
    }
    atomic_fetch_add(&control->refused, 1);
    errno = (int)atomic_load(&control->sync_errno);
    return 1;
}

/* ISO C has no conversion from an object pointer to a function pointer; POSIX asks for this one. */
#define REAL(type, name)                                                                                     \
    static type real;                                                                                        \
    if (real == NULL) {                                                                                      \
        *(void **)&real = dlsym(RTLD_NEXT, name);                                                            \
    }

typedef ssize_t (*write_function)(int, const void *, size_t);
typedef ssize_t (*pwrite_function)(int, const void *, size_t, off_t);
typedef int (*sync_function)(int);
typedef int (*truncate_function)(int, off_t);

ssize_t write(int fd, const void *bytes, size_t size)
{
    REAL(write_function, "write")
    return write_fails(fd) ? -1 : real(fd, bytes, size);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    REAL(pwrite_function, "pwrite")
    return write_fails(fd) ? -1 : real(fd, bytes, size, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t offset)
{
    REAL(pwrite_function, "pwrite64")
    return write_fails(fd) ? -1 : real(fd, bytes, size, offset);
}

int ftruncate(int fd, off_t size)
{
    REAL(truncate_function, "ftruncate")
    return write_fails(fd) ? -1 : real(fd, size);
}

int ftruncate64(int fd, off_t size)
{
    REAL(truncate_function, "ftruncate64")
    return write_fails(fd) ? -1 : real(fd, size);
}

int fsync(int fd)
{
    REAL(sync_function, "fsync")
    return sync_fails(fd) ? -1 : real(fd);
}

int fdatasync(int fd)
{
    REAL(sync_function, "fdatasync")
    return sync_fails(fd) ? -1 : real(fd);
}
