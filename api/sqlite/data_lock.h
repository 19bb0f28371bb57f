/*
 * The data directory belongs to one process at a time: whoever writes holds its lock, and the lock says
 * who that is. The kernel drops it when the process ends, however it ends.
 */
#ifndef MYPOS_SQLITE_DATA_LOCK_H
#define MYPOS_SQLITE_DATA_LOCK_H

#include "base/detail.h"

/* Makes the directory when it is missing and takes its lock for `purpose` ("serve"). The descriptor is the
 * lock; data_lock_release gives it back. When another process holds it: STATUS_STORAGE_UNAVAILABLE, and
 * the detail names that process and its purpose. */
MUST_CHECK enum status data_lock_take(const char *directory, const char *purpose, struct detail *detail,
                                      int *lock);
void data_lock_release(int lock);

#endif
