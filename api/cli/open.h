/*
 * Opening the shop: what every subcommand that works on the data directory does first. Takes the
 * directory's lock, migrates the database, opens catalogue, ledger and authentication.
 */
#ifndef MYPOS_CLI_OPEN_H
#define MYPOS_CLI_OPEN_H

#include "app/app.h"
#include "app/identity/auth.h"
#include "cli/config.h"

struct aws;
struct cloudwatch;
struct dynamodb;
struct notify;
struct catalog_events;
struct replica;
struct shared_log;
struct snapshot_store;
struct relay;
struct image_collector;

struct shop {
    struct app app;
    struct aws *aws;           /* NULL: nothing that is configured needs it */
    struct dynamodb *dynamodb; /* NULL: nothing is there */
    /* Of a catalogue that is one of several; else NULL. */
    const struct shared_log *catalog_log;
    const struct snapshot_store *snapshots; /* NULL: there is no bucket */
    struct replica *replica;
    bool serves;       /* the process: it is told when the catalogue breaks */
    bool fills_tables; /* it brings this shop to DynamoDB: nobody else may sell there until that is done */
    struct images *images;
    struct image_collector *collector;    /* like the relay */
    struct cloudwatch *cloudwatch;        /* only while telemetry is sent */
    const struct notify *notify, *fanout; /* these four only while deliveries run */
    struct catalog_events *catalog_events;
    struct relay *relay;
    int lock;
    bool locked;
    char database[4096];
    char first_password[AUTH_PASSWORD_SIZE]; /* of the administrator just made, when it is a random one; else
                                                "" */
    unsigned migrations, tables;             /* migrations that ran, tables of DynamoDB that were made */
};

/* The purposes of the subcommand that fills a ledger; any other one is refused on one that is half filled. */
#define SHOP_MOVES_TO_AWS   "move to-aws"
#define SHOP_MOVES_FROM_AWS "move from-aws"

/* Says in a data directory that its ledger is to come from elsewhere and is not whole (which a ledger in
 * DynamoDB knows by itself), and that it is. */
MUST_CHECK enum status shop_mark_half(const struct config *config);
MUST_CHECK enum status shop_mark_whole(const struct config *config);

/* `purpose` names the subcommand in the lock. The words of a refusal go to `detail`. */
MUST_CHECK enum status shop_open(const struct config *config, const char *purpose, struct shop *shop,
                                 struct detail *detail);
void shop_close(struct shop *shop);

/* Starts what sends logs and metrics to CloudWatch, when that is configured; right after shop_open, for what
 * is logged before is not sent. shop_close stops it. */
MUST_CHECK enum status shop_start_telemetry(const struct config *config, struct shop *shop,
                                            struct detail *detail);

/* Starts what delivers in threads of its own: events to whom they concern, receipts by mail. shop_close stops
 * it. */
MUST_CHECK enum status shop_start_deliveries(const struct config *config, struct shop *shop,
                                             struct detail *detail);

/* Prints the random password of the first administrator, when one was just made; right after shop_open. */
void shop_print_password(const struct shop *shop);

/* The ledger of a data directory, only read: no lock, so it works beside a running server. False, and says so
 * on standard error, when it cannot be opened. */
struct shop_reading {
    struct readers *readers; /* of the catalogue; NULL: there is none here */
    struct aws *aws;
    struct dynamodb *dynamodb;
    const struct ledger *ledger;
};
bool shop_open_reading(const struct config *config, struct shop_reading *reading);
void shop_close_reading(struct shop_reading *reading);

/* Where the database of a data directory is. */
void shop_database(const struct config *config, char *path, size_t size);

/* A call of a subcommand: the system asks. */
void shop_call(struct shop *shop, struct arena *arena, struct call *call);

#endif
