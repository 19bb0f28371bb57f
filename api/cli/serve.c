#include "aws/aws.h"
#include "base/clock.h"
#include "catalog/replica.h"
#include "cli/cli.h"
#include "cli/dynamodb_metrics.h"
#include "cli/open_catalog.h"
#include "http/server.h"
#include "sqlite/writer.h"
#include "telemetry/metrics.h"
#include "telemetry/process.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MMAP_THRESHOLD (256 << 10)

/* A thread a connection would otherwise mean a heap a thread: memory that comes back late or never. */
static void keep_memory_small(void)
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD,
            MMAP_THRESHOLD); /* fixed: freed blocks of this size leave the process at once */
    mallopt(M_TRIM_THRESHOLD, MMAP_THRESHOLD);
#endif
}

static void write_batch_sizes(struct text *out, const struct writer_figures *figures)
{
    static const char *const edges[] = {"1", "2", "4", "8", "16", "32", "64"};
    uint64_t count = 0;
    metrics_write_head(out, "mypos_sqlite_commit_batch_size", "histogram", "Acts that shared a commit.");
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        char labels[16];
        snprintf(labels, sizeof labels, "le=\"%s\"", edges[i]);
        count += figures->batch_sizes[i];
        metrics_write_sample(out, "mypos_sqlite_commit_batch_size_bucket", labels, (int64_t)count);
    }
    metrics_write_sample(out, "mypos_sqlite_commit_batch_size_bucket", "le=\"+Inf\"",
                         (int64_t)figures->commits);
    metrics_write_sample(out, "mypos_sqlite_commit_batch_size_sum", "", (int64_t)figures->acts);
    metrics_write_sample(out, "mypos_sqlite_commit_batch_size_count", "", (int64_t)figures->commits);
}

static void write_writer(struct text *out, void *context)
{
    const struct app *app = context;
    const struct writer_figures figures = writer_figures(app->writer);
    write_batch_sizes(out, &figures);
    metrics_write_head(out, "mypos_sqlite_queue_depth", "gauge", "Acts that wait for the writer.");
    metrics_write_sample(out, "mypos_sqlite_queue_depth", "", figures.queued);
    metrics_write_head(out, "mypos_sqlite_commits_failed_total", "counter",
                       "Commits that the storage refused.");
    metrics_write_sample(out, "mypos_sqlite_commits_failed_total", "", (int64_t)figures.failed_commits);
    metrics_write_head(out, "mypos_catalog_seq", "gauge", "The newest change of the catalogue.");
    metrics_write_sample(out, "mypos_catalog_seq", "", app_catalog_seq(app));
}

static void write_aws_results(struct text *out, const struct aws *aws)
{
    static const char *const names[] = {"ok", "refused", "throttled", "unavailable", "unknown"};
    metrics_write_head(out, "mypos_aws_calls_total", "counter",
                       "Calls of AWS's services, by how they ended.");
    for (unsigned i = 0; i < AWS_SERVICES; i++) {
        const struct aws_figures figures = aws_figures(aws, aws_services[i]);
        for (unsigned result = AWS_OK; figures.calls > 0 && result <= AWS_UNKNOWN; result++) {
            char labels[64];
            snprintf(labels, sizeof labels, "service=\"%s\",result=\"%s\"", aws_services[i]->name,
                     names[result]);
            metrics_write_sample(out, "mypos_aws_calls_total", labels, (int64_t)figures.results[result]);
        }
    }
}

static void write_aws(struct text *out, void *context)
{
    const struct aws *aws = context;
    write_aws_results(out, aws);
    static const char *const heads[][2] = {
        {"mypos_aws_retries_total", "Attempts after the first of calls of AWS's services."},
        {"mypos_aws_throttles_total", "Attempts that AWS's services throttled."}};
    for (unsigned head = 0; head < 2; head++) {
        metrics_write_head(out, heads[head][0], "counter", heads[head][1]);
        for (unsigned i = 0; i < AWS_SERVICES; i++) {
            const struct aws_figures figures = aws_figures(aws, aws_services[i]);
            char labels[64];
            snprintf(labels, sizeof labels, "service=\"%s\"", aws_services[i]->name);
            if (figures.calls > 0) {
                metrics_write_sample(
                    out, heads[head][0], labels,
                    (int64_t)(head == 0 ? figures.attempts - figures.calls : figures.throttles));
            }
        }
    }
}

static void write_replica(struct text *out, void *context)
{
    const struct shop *shop = context;
    if (shop->replica == NULL) {
        return; /* it stops */
    }
    const struct replica_figures figures = replica_figures(shop->replica);
    const struct {
        const char *name, *kind, *help;
        int64_t value;
    } all[] = {
        {"mypos_catalog_log_position", "gauge",
         "The entry of the shared log up to which the catalogue has come.", figures.position},
        {"mypos_catalog_log_age_milliseconds", "gauge", "How long ago the shared log was read to its end.",
         figures.looked_ms_ago},
        {"mypos_catalog_log_applied_total", "counter", "Entries of other instances that were applied.",
         (int64_t)figures.applied},
        {"mypos_catalog_log_appended_total", "counter", "Entries that this instance appended.",
         (int64_t)figures.appended},
        {"mypos_catalog_log_lost_races_total", "counter", "Acts that another instance's came before.",
         (int64_t)figures.lost_races},
        {"mypos_catalog_log_failures_total", "counter", "Acts that could not be appended.",
         (int64_t)figures.failed},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        metrics_write_head(out, all[i].name, all[i].kind, all[i].help);
        metrics_write_sample(out, all[i].name, "", all[i].value);
    }
}

static void print_ready(const struct config *config, const struct server *server)
{
    const bool everywhere = strcmp(config->bind, "0.0.0.0") == 0 || strcmp(config->bind, "::") == 0;
    const bool is_v6 = strchr(config->bind, ':') != NULL;
    const char *host = everywhere ? "localhost" : config->bind;
    printf("MyPOS is ready at http://%s%s%s:%u\n", is_v6 && !everywhere ? "[" : "", host,
           is_v6 && !everywhere ? "]" : "", server_port(server));
    fflush(stdout);
}

/* Signals are waited for, not handled: every thread has them blocked from the start. */
static sigset_t stop_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SHOP_STARTS_OVER);
    return set;
}

static void drain(const struct config *config, struct server *server, int signal_number)
{
    struct log_line line = log_begin(LOG_INFO, "stopping");
    log_text(&line, "signal",
             signal_number == SHOP_STARTS_OVER ? "catalogue broken"
             : signal_number == SIGTERM        ? "SIGTERM"
                                               : "SIGINT");
    log_end(&line);
    server_drain(server, config->drain_seconds);
    line = log_begin(LOG_INFO, "stopped");
    log_end(&line);
}

/* `port` is where it listened when it is to start over there; 0: it is to end. */
static enum status serve(const struct config *config, struct shop *shop, struct detail *detail,
                         uint16_t *port)
{
    const struct server_options options = {
        .app = &shop->app,
        .bind = config->bind,
        .port = config->port,
        .web_ui = config->web_ui,
        .origins = config->origins,
        .origin_count = config->origin_count,
        .connections = config->connections,
    };
    process_metrics_register();
    metrics_add_source(write_writer, &shop->app);
    if (shop->aws != NULL) {
        metrics_add_source(write_aws, shop->aws);
    }
    if (shop->replica != NULL) {
        metrics_add_source(write_replica, shop);
    }
    if (shop->dynamodb != NULL) {
        dynamodb_metrics_register(shop->dynamodb);
    }
    struct server *server;
    const enum status status = server_start(&options, &server, detail);
    if (status != STATUS_OK) {
        return status;
    }
    print_ready(config, server);
    const sigset_t wanted = stop_signals();
    int number = 0;
    while (sigwait(&wanted, &number) != 0) {
    }
    *port = number == SHOP_STARTS_OVER ? server_port(server) : 0;
    drain(config, server, number);
    return STATUS_OK;
}

/* The same program once more, in this process, so that nothing of the broken state is left: it opens the shop
 * as any start does, which makes the catalogue anew. */
static void start_over(uint16_t port)
{
    char text[8];
    snprintf(text, sizeof text, "%u", port);
    setenv("MYPOS_PORT", text, 1);
    execl("/proc/self/exe", "mypos", "serve", (char *)NULL);
}

int command_serve(const struct config *config, int count, char **arguments)
{
    (void)arguments;
    if (count > 0) {
        return cli_fail("serve takes no arguments: mypos --help lists the environment variables");
    }
    keep_memory_small();
    signal(SIGPIPE, SIG_IGN);
    const sigset_t blocked = stop_signals();
    pthread_sigmask(SIG_BLOCK, &blocked, NULL);
    struct arena arena;
    arena_init(&arena);
    struct detail detail;
    detail_init(&detail, &arena);
    struct shop shop;
    uint16_t port = 0;
    enum status status = shop_open(config, "serve", &shop, &detail);
    if (status == STATUS_OK) {
        shop.serves = true;
        shop_print_password(&shop); /* before anything can go wrong: nobody will know it later */
        status = shop_start_telemetry(config, &shop, &detail);
        if (status == STATUS_OK) {
            status = shop_start_deliveries(config, &shop, &detail);
        }
        if (status == STATUS_OK) {
            status = serve(config, &shop, &detail, &port);
        }
        shop_close(&shop);
        if (port != 0) {
            start_over(port);
            status = detail_set(&detail, STATUS_INTERNAL_ERROR, "The server cannot start over: %s.",
                                strerror(errno));
        }
    }
    const int code = status == STATUS_OK ? CLI_OK : cli_fail("%s", detail.text);
    arena_free(&arena);
    return code;
}
