/*
 * Clean pages: what was deleted is not on the disk.
 *
 * With `secure_delete` SQLite overwrites what is deleted: a cell on its page, a page that becomes free. But
 * when it moves cells between pages it leaves copies behind, in the gap between a page's cell pointers and
 * its cells (https://www.sqlite.org/fileformat2.html, section 1.6), and those outlive the rows. So a layer
 * below SQLite, a VFS around the system's (https://www.sqlite.org/vfs.html), fills that gap with zeros
 * whenever a page is written to the database file. SQLite's own cksumvfs changes pages at the same place.
 *
 * In WAL mode pages come there by checkpoints only; the log has the copies until it is emptied
 * (db_empty_log).
 *
 * Pages of other kinds are never touched: pages of overflow and of the free list begin with a page number,
 * whose first byte is no type of a b-tree page as long as the file has fewer than 2^25 pages (128 GiB),
 * beyond which nothing is cleaned; and a file with pointer map pages (auto_vacuum) is not opened.
 */
#ifndef MYPOS_SQLITE_CLEAN_PAGES_H
#define MYPOS_SQLITE_CLEAN_PAGES_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#define CLEAN_PAGES_VFS "mypos"
#define CLEAN_PAGES_MAX 0x02000000 /* pages of a file, from which on nothing is cleaned */

/* Registers the VFS; once, before the first connection. SQLITE_OK. */
int clean_pages_register(void);

/* Fills the gap of a b-tree page with zeros; anything else stays as it is. */
void clean_page(uint8_t *page, size_t size);

#endif
