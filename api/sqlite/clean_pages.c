#include "sqlite/clean_pages.h"

#include <stdbool.h>
#include <string.h>

#define PAGE_SIZE_MIN 512

/* --- a page --------------------------------------------------------------------------------------- */

static size_t read_16(const uint8_t *at)
{
    return (size_t)at[0] << 8 | at[1];
}

/* The types of b-tree pages: interior ones have a pointer more in their header. 0: it is none. */
static size_t header_size(uint8_t type)
{
    switch (type) {
    case 2: /* interior, index */
    case 5: /* interior, table */
        return 12;
    case 10: /* leaf, index */
    case 13: /* leaf, table */
        return 8;
    default:
        return 0;
    }
}

void clean_page(uint8_t *page, size_t size)
{
    const size_t header = header_size(page[0]);
    if (header == 0) {
        return;
    }
    const size_t first_free = read_16(page + 1), cells = read_16(page + 3), stored = read_16(page + 5);
    const size_t content = stored == 0 ? 65536 : stored;
    const size_t gap = header + 2 * cells;
    if (gap > content || content > size ||
        (first_free != 0 && (first_free < content || first_free >= size))) {
        return;
    }
    for (size_t i = 0; i < cells; i++) {
        const size_t cell = read_16(page + header + 2 * i);
        if (cell < content || cell >= size) {
            return;
        }
    }
    memset(page + gap, 0, content - gap);
}

/* --- the files ------------------------------------------------------------------------------------ */

/* A file of ours, with the system's behind it. */
struct clean_file {
    sqlite3_file base;
    bool is_database;
};

static sqlite3_file *real(sqlite3_file *file)
{
    return (sqlite3_file *)((struct clean_file *)file + 1);
}

static sqlite3_vfs *system_vfs(sqlite3_vfs *vfs)
{
    return vfs->pAppData;
}

/* The first page begins with the header of the file and holds the schema: it stays as it is. */
static bool is_page(const struct clean_file *file, int amount, sqlite3_int64 offset)
{
    return file->is_database && amount >= PAGE_SIZE_MIN && (amount & (amount - 1)) == 0 && offset > 0 &&
           offset % amount == 0;
}

static int file_write(sqlite3_file *file, const void *bytes, int amount, sqlite3_int64 offset)
{
    sqlite3_int64 size;
    if (is_page((struct clean_file *)file, amount, offset) && offset / amount < CLEAN_PAGES_MAX &&
        real(file)->pMethods->xFileSize(real(file), &size) == SQLITE_OK && size / amount < CLEAN_PAGES_MAX) {
        clean_page((uint8_t *)(uintptr_t)bytes,
                   (size_t)amount); /* SQLite's own buffer; its gaps mean nothing */
    }
    return real(file)->pMethods->xWrite(real(file), bytes, amount, offset);
}

/* The rest is passed on. */
static int file_close(sqlite3_file *file)
{
    return real(file)->pMethods->xClose(real(file));
}

static int file_read(sqlite3_file *file, void *bytes, int amount, sqlite3_int64 offset)
{
    return real(file)->pMethods->xRead(real(file), bytes, amount, offset);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return real(file)->pMethods->xTruncate(real(file), size);
}

static int file_sync(sqlite3_file *file, int flags)
{
    return real(file)->pMethods->xSync(real(file), flags);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real(file)->pMethods->xFileSize(real(file), size);
}

static int file_lock(sqlite3_file *file, int lock)
{
    return real(file)->pMethods->xLock(real(file), lock);
}

static int file_unlock(sqlite3_file *file, int lock)
{
    return real(file)->pMethods->xUnlock(real(file), lock);
}

static int file_is_reserved(sqlite3_file *file, int *reserved)
{
    return real(file)->pMethods->xCheckReservedLock(real(file), reserved);
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}

static int file_sector_size(sqlite3_file *file)
{
    return real(file)->pMethods->xSectorSize(real(file));
}

static int file_characteristics(sqlite3_file *file)
{
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory)
{
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, memory);
}

static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *file)
{
    real(file)->pMethods->xShmBarrier(real(file));
}

static int file_shm_unmap(sqlite3_file *file, int remove)
{
    return real(file)->pMethods->xShmUnmap(real(file), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2, /* without memory mapping: pages are written through us */
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_is_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *opened)
{
    struct clean_file *clean = (struct clean_file *)file;
    clean->is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
    const int code = system_vfs(vfs)->xOpen(system_vfs(vfs), name, real(file), flags, opened);
    file->pMethods = real(file)->pMethods != NULL ? &methods
                                                  : NULL; /* set: SQLite closes it, also after a failure */
    return code;
}

int clean_pages_register(void)
{
    static sqlite3_vfs vfs;
    sqlite3_vfs *system = sqlite3_vfs_find(NULL);
    if (system == NULL) {
        return SQLITE_ERROR;
    }
    vfs = *system; /* what is asked of the file system is the system's to answer */
    vfs.zName = CLEAN_PAGES_VFS;
    vfs.szOsFile = system->szOsFile + (int)sizeof(struct clean_file);
    vfs.pAppData = system;
    vfs.xOpen = vfs_open;
    vfs.pNext = NULL;
    return sqlite3_vfs_register(&vfs, 0);
}
