/* mypos doctor: what this machine must have. */
#include "cli/doctor.h"
#include "cli/open.h"
#include "images/thumbnail.h"
#include "sqlite/db.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PATH_SIZE       4096
#define HOLDER_SIZE     128
#define SPACE_LEAST_MB  100  /* with less, writes fail soon */
#define SPACE_ENOUGH_MB 1024 /* with less, somebody should know */
#define MB              (1 << 20)

/* Who holds the lock of the data directory; "" for nobody. It is held no longer than it takes to ask. */
static void read_holder(const char *directory, char holder[static HOLDER_SIZE])
{
    char path[PATH_SIZE];
    *holder = '\0';
    snprintf(path, sizeof path, "%s/mypos.lock", directory);
    const int lock = open(path, O_RDONLY | O_CLOEXEC);
    if (lock < 0) {
        return;
    }
    if (flock(lock, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        const ssize_t length = pread(lock, holder, HOLDER_SIZE - 1, 0);
        holder[length > 0 ? length : 0] = '\0';
    }
    close(lock);
}

/* The directory itself, or the one that it will be made in. */
static bool look_at_directory(struct doctor *doctor, const char *directory)
{
    struct stat status;
    char path[PATH_SIZE];
    if (stat(directory, &status) == 0) {
        if (!S_ISDIR(status.st_mode) || access(directory, R_OK | W_OK | X_OK) != 0) {
            doctor_add(doctor, "data", DOCTOR_BAD,
                       "Give it to the user that the server runs as (chown), or set MYPOS_DATA.",
                       "%s cannot be written by user %u", directory, geteuid());
            return false;
        }
        doctor_add(doctor, "data", DOCTOR_GOOD, NULL, "%s can be written", directory);
        return true;
    }
    snprintf(path, sizeof path, "%s", directory);
    const char *parent = dirname(path);
    if (access(parent, W_OK | X_OK) != 0) {
        doctor_add(doctor, "data", DOCTOR_BAD,
                   "Make it, for the user that the server runs as, or set MYPOS_DATA.",
                   "%s is not there, and cannot be made in %s", directory, parent);
    } else {
        doctor_add(doctor, "data", DOCTOR_GOOD, NULL, "%s is not there yet: the server makes it", directory);
    }
    return false;
}

static void look_at_space(struct doctor *doctor, const char *directory)
{
    static const char todo[] = "Make room on that disk, or let MYPOS_DATA be on a larger one.";
    struct statvfs disk;
    if (statvfs(directory, &disk) != 0) {
        doctor_add(doctor, "disk", DOCTOR_WARNING, NULL, "the disk of %s cannot be looked at: %s", directory,
                   strerror(errno));
        return;
    }
    const unsigned long long free_mb = (unsigned long long)disk.f_bavail * disk.f_frsize / MB;
    const bool has_files = disk.f_files == 0 || disk.f_favail > 1000;
    const enum doctor_state state = free_mb < SPACE_LEAST_MB || !has_files ? DOCTOR_BAD
                                    : free_mb < SPACE_ENOUGH_MB            ? DOCTOR_WARNING
                                                                           : DOCTOR_GOOD;
    doctor_add(doctor, "disk", state, state == DOCTOR_GOOD ? NULL : todo, "%llu MB are free%s", free_mb,
               has_files ? "" : ", but no more files can be made");
}

/* Reads a little of the database: `mypos verify` is for the rest. */
static void look_at_database(struct doctor *doctor)
{
    static const char SELECT_SCHEMA[] = "SELECT count(*) FROM schema_migrations";
    char path[PATH_SIZE];
    struct db *db;
    bool row = false;
    shop_database(doctor->config, path, sizeof path);
    if (access(path, F_OK) != 0) {
        doctor_add(doctor, "database", DOCTOR_GOOD, NULL, "there is none yet: the server makes it");
        return;
    }
    if (db_open(path, DB_READ_ONLY, &db) != STATUS_OK) {
        doctor_add(doctor, "database", DOCTOR_BAD, "Restore a backup: mypos help backup says how.",
                   "%s cannot be opened", path);
        return;
    }
    sqlite3_stmt *statement = db_statement(db, SELECT_SCHEMA);
    const bool is_ours = db_step(db, statement, &row) == STATUS_OK && row;
    const int migrations = is_ours ? sqlite3_column_int(statement, 0) : 0;
    db_done(statement);
    db_close(db);
    doctor_add(doctor, "database", is_ours ? DOCTOR_GOOD : DOCTOR_BAD,
               is_ours ? NULL : "Restore a backup: mypos help backup says how.",
               is_ours ? "%s can be read; %d migrations ran" : "%s is not a database of MyPOS", path,
               migrations);
}

/* Whether an address can be listened on. */
static bool can_listen(const struct config *config)
{
    const bool is_v6 = strchr(config->bind, ':') != NULL;
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(config->port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(config->port)};
    inet_pton(is_v6 ? AF_INET6 : AF_INET, config->bind, is_v6 ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr);
    const int listener = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int again = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &again, sizeof again);
    const bool is_free = listener >= 0 &&
                         bind(listener, is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4,
                              is_v6 ? sizeof v6 : sizeof v4) == 0;
    const int saved = errno;
    if (listener >= 0) {
        close(listener);
    }
    errno = saved;
    return is_free;
}

static void look_at_port(struct doctor *doctor, const char *holder)
{
    const struct config *config = doctor->config;
    if (*holder != '\0') {
        doctor_add(doctor, "server", DOCTOR_GOOD, NULL, "it is running: the data directory is in use by %s",
                   holder);
    } else if (can_listen(config)) {
        doctor_add(doctor, "server", DOCTOR_GOOD, NULL, "it is not running; %s port %u is free", config->bind,
                   config->port);
    } else {
        doctor_add(doctor, "server", DOCTOR_BAD,
                   "Set MYPOS_BIND and MYPOS_PORT to what is free: ss -ltnp lists what is not.",
                   "%s port %u cannot be listened on: %s", config->bind, config->port, strerror(errno));
    }
}

static void look_at_web_ui(struct doctor *doctor)
{
    char path[PATH_SIZE];
    if (*doctor->config->web_ui == '\0') {
        doctor_add(doctor, "web-ui", DOCTOR_SKIPPED, NULL, "MYPOS_WEB_UI is empty: the API alone is served");
        return;
    }
    snprintf(path, sizeof path, "%s/index.html", doctor->config->web_ui);
    const bool is_there = access(path, R_OK) == 0;
    doctor_add(doctor, "web-ui", is_there ? DOCTOR_GOOD : DOCTOR_BAD,
               is_there ? NULL : "Let MYPOS_WEB_UI name the directory that holds index.html.",
               is_there ? "%s is there" : "%s is not there", path);
}

/* Starts the program that decodes pictures, without one. */
static void look_at_pictures(struct doctor *doctor)
{
    struct detail detail;
    bool is_confined = false;
    detail_init(&detail, doctor->arena);
    if (thumbnails_find_program(&detail) != STATUS_OK ||
        thumbnails_check(&detail, &is_confined) != STATUS_OK) {
        doctor_add(doctor, "pictures", DOCTOR_BAD,
                   "Install MyPOS as a whole; the rest works without pictures.",
                   "pictures cannot be decoded: %s", detail.text);
    } else if (!is_confined) {
        doctor_add(doctor, "pictures", DOCTOR_WARNING,
                   "Let the kernel, or the container's runtime, offer seccomp to the server.",
                   "what decodes pictures could do all that the server may, if a picture broke into it: %s",
                   detail.text);
    } else {
        doctor_add(doctor, "pictures", DOCTOR_GOOD, NULL,
                   "they are decoded by a program that can open neither a file nor a socket");
    }
}

void doctor_look_at_machine(struct doctor *doctor)
{
    char holder[HOLDER_SIZE];
    const char *directory = doctor->config->data;
    if (look_at_directory(doctor, directory)) {
        look_at_space(doctor, directory);
        look_at_database(doctor);
    }
    read_holder(directory, holder);
    look_at_port(doctor, holder);
    look_at_web_ui(doctor);
    look_at_pictures(doctor);
}
