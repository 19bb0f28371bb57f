#include "app/reference/product_imports.h"
#include "catalog/entity.h"
#include "cli/cli.h"
#include "cli/open.h"
#include "sqlite/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PROGRESS_MS  200
#define ERRORS_SHOWN 50

struct import_arguments {
    const char *file;
    const char *store; /* a code; NULL: the first store */
    bool dry_run, abort_on_error;
};

static bool read_arguments(int count, char **arguments, struct import_arguments *out)
{
    *out = (struct import_arguments){0};
    for (int i = 0; i < count; i++) {
        const char *value = i + 1 < count ? arguments[i + 1] : "";
        if (strcmp(arguments[i], "--dry-run") == 0) {
            out->dry_run = true;
        } else if (strcmp(arguments[i], "--on-error") == 0 &&
                   (strcmp(value, "abort") == 0 || strcmp(value, "skip") == 0)) {
            out->abort_on_error = strcmp(value, "abort") == 0;
            i++;
        } else if (strcmp(arguments[i], "--store") == 0 && *value != '\0') {
            out->store = value;
            i++;
        } else if (out->file == NULL && (arguments[i][0] != '-' || arguments[i][1] == '\0')) {
            out->file = arguments[i];
        } else {
            return false;
        }
    }
    return out->file != NULL;
}

/* The file is read twice, so standard input is spooled. */
static int open_file(const char *path)
{
    if (strcmp(path, "-") != 0) {
        return open(path, O_RDONLY | O_CLOEXEC);
    }
    char buffer[65536];
    FILE *spool = tmpfile();
    if (spool == NULL) {
        return -1;
    }
    ssize_t size;
    bool written = true;
    while (written && (size = read(STDIN_FILENO, buffer, sizeof buffer)) > 0) {
        written = fwrite(buffer, 1, (size_t)size, spool) == (size_t)size;
    }
    const int fd = written && fflush(spool) == 0 ? dup(fileno(spool)) : -1;
    fclose(spool);
    return fd;
}

/* --- the import, in a thread of its own, so that this one can show how far it is ------------------- */

struct job {
    struct call *call;
    struct import_request request;
    enum status status;
};

static void *run_job(void *context)
{
    struct job *job = context;
    job->status = product_imports_create(job->call, &job->request);
    return NULL;
}

static void show_progress(const struct app *app)
{
    struct import_progress progress;
    if (!isatty(STDERR_FILENO) || !product_imports_progress(app, &progress)) {
        return;
    }
    if (progress.rows_done == 0) {
        fprintf(stderr, "\rChecking: %" PRId64 " rows\033[K", progress.rows_total);
    } else {
        fprintf(stderr, "\rImporting: %" PRId64 " of %" PRId64 " rows (%d %%)\033[K", progress.rows_done,
                progress.rows_total, (int)(progress.rows_done * 100 / progress.rows_total));
    }
    fflush(stderr);
}

static bool run_with_progress(struct job *job)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_job, job) != 0) {
        return false;
    }
    struct timespec until;
    do {
        show_progress(job->call->app);
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += PROGRESS_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
    } while (pthread_timedjoin_np(thread, NULL, &until) == ETIMEDOUT);
    if (isatty(STDERR_FILENO)) {
        fputs("\r\033[K", stderr);
    }
    return true;
}

/* --- the report, for people ------------------------------------------------------------------------ */

static long long count_of(const json_t *report, const char *name)
{
    return (long long)json_integer_value(json_object_get(report, name));
}

static void print_errors(const json_t *report)
{
    size_t index;
    json_t *error;
    json_array_foreach(json_object_get(report, "errors"), index, error)
    {
        if (index == ERRORS_SHOWN) {
            break;
        }
        const char *column = json_string_value(json_object_get(error, "column"));
        const char *value = json_string_value(json_object_get(error, "value"));
        printf("  line %lld%s%s: %s", count_of(error, "line"), column == NULL ? "" : ", ",
               column == NULL ? "" : column, json_string_value(json_object_get(error, "detail")));
        printf(value == NULL || *value == '\0' ? "\n" : " (\"%s\")\n", value);
    }
    const long long more = count_of(report, "errors_total") - ERRORS_SHOWN;
    if (more > 0) {
        printf("  … and %lld more\n", more);
    }
}

static int print_report(const struct call *call)
{
    json_t *report = json_loadb(call->answer.body, call->answer.body_length, 0, NULL);
    const char *status = json_string_value(json_object_get(report, "status"));
    if (status == NULL) {
        return cli_fail("the report of the import cannot be read");
    }
    const bool aborted = strcmp(status, "aborted") == 0;
    const long long failed = count_of(report, "failed");
    printf("%lld rows: %lld created, %lld updated, %lld unchanged, %lld bad%s\n",
           count_of(report, "rows_total"), count_of(report, "created"), count_of(report, "updated"),
           count_of(report, "unchanged"), failed,
           aborted                                            ? "; nothing was imported"
           : json_is_true(json_object_get(report, "dry_run")) ? "; a dry run: nothing was written"
                                                              : "");
    print_errors(report);
    json_decref(report);
    return failed > 0 ? CLI_FAILED : CLI_OK;
}

static int print_failure(const struct call *call, enum status status)
{
    for (const struct fault *fault = call->detail.first; fault != NULL; fault = fault->next) {
        cli_fail("%s", fault->detail);
    }
    if (call->detail.first == NULL) {
        cli_fail("%s", call->detail.text != NULL ? call->detail.text : status_title(status));
    }
    return CLI_FAILED;
}

/* --- the command ----------------------------------------------------------------------------------- */

static const char SELECT_STORE[] = "SELECT id FROM stores WHERE code = ?1";

static bool find_store(struct shop *shop, const char *code, struct id *id)
{
    bool found = false;
    struct db *db = reader_take(shop->app.readers);
    sqlite3_stmt *statement = db_statement(db, SELECT_STORE);
    db_bind_string(statement, 1, code);
    const enum status status = db_step(db, statement, &found);
    found = status == STATUS_OK && found && db_column_id(statement, 0, id);
    db_done(statement);
    reader_give_back(shop->app.readers, db);
    return found;
}

static int import(struct shop *shop, struct arena *arena, const struct import_arguments *arguments, int fd)
{
    struct call call;
    struct id store_id;
    shop_call(shop, arena, &call);
    struct job job = {
        .call = &call,
        .request = {.fd = fd, .dry_run = arguments->dry_run, .abort_on_error = arguments->abort_on_error},
    };
    if (arguments->store != NULL) {
        if (!find_store(shop, arguments->store, &store_id)) {
            return cli_fail("there is no store with the code %s", arguments->store);
        }
        job.request.store_id = &store_id;
    }
    if (!run_with_progress(&job)) {
        return cli_fail("cannot start a thread: %s", strerror(errno));
    }
    return job.status == STATUS_OK ? print_report(&call) : print_failure(&call, job.status);
}

static int refuse(const struct config *config, const struct detail *detail, const char *file)
{
    cli_fail("%s", detail->text);
    if (strstr(detail->text, "in use by") != NULL) {
        fprintf(stderr,
                "While the server runs, it imports itself:\n"
                "  curl -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: text/csv' -T '%s' -X POST \\\n"
                "      http://localhost:%u/api/v1/product-imports\n",
                file, config->port);
    }
    return CLI_FAILED;
}

int command_import_products(const struct config *config, int count, char **arguments)
{
    struct import_arguments parsed;
    if (!read_arguments(count, arguments, &parsed)) {
        cli_fail("import-products takes FILE [--dry-run] [--on-error skip|abort] [--store CODE]");
        return CLI_USAGE;
    }
    const int fd = open_file(parsed.file);
    if (fd < 0) {
        return cli_fail("cannot read %s: %s", parsed.file, strerror(errno));
    }
    struct arena arena;
    arena_init(&arena);
    struct detail detail;
    detail_init(&detail, &arena);
    struct shop shop;
    int code;
    if (shop_open(config, "import-products", &shop, &detail) != STATUS_OK) {
        code = refuse(config, &detail, parsed.file);
    } else {
        shop_print_password(&shop);
        code = import(&shop, &arena, &parsed, fd);
        shop_close(&shop);
    }
    close(fd);
    arena_free(&arena);
    return code;
}
