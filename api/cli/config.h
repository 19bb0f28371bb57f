/*
 * Configuration: environment variables named MYPOS_*, all of them in one table (config.c) that the help,
 * packaging/mypos.env.example and the check of values are made from.
 *
 * A value that is not understood is refused at start, with what was expected; a MYPOS_ name that does not
 * exist is named in the log.
 */
#ifndef MYPOS_CLI_CONFIG_H
#define MYPOS_CLI_CONFIG_H

#include "base/detail.h"
#include "base/log.h"
#include "notify/webhook/webhook_address.h"

#define CONFIG_ORIGINS_MAX 32

struct config {
    const char *bind;
    uint16_t port;
    const char *data;
    const char *web_ui; /* "" for none */
    const char *origins[CONFIG_ORIGINS_MAX];
    unsigned origin_count;
    const char *admin_password; /* NULL: a random one is made */
    enum log_level log_level;
    unsigned connections;
    unsigned readers;
    unsigned drain_seconds;
    /* Which of AWS's services take the place of what this machine has. */
    bool uses_dynamodb, uses_s3, uses_sns, uses_cloudwatch;
    const char *table_prefix; /* of the tables in DynamoDB */
    unsigned catalog_snapshot_entries;
    const char *s3_bucket;  /* "" for none */
    const char *images_url; /* "" for none; without a slash at the end */
    unsigned images_grace_seconds;
    const char *sns_topic_arn;     /* "" for none */
    const char *log_group;         /* of CloudWatch Logs */
    const char *metrics_namespace; /* of CloudWatch */
    const char *smtp_url;          /* "": no mail is sent */
    const char *smtp_user, *smtp_password;
    const char *smtp_from;
    const char *smtp_authorities; /* "": those of this machine */
    unsigned smtp_retry_seconds;
    struct webhook_networks webhook_networks; /* that webhooks may lead to beside the Internet */
    const char *webhook_authorities;          /* "": those of this machine */
    const char *webhook_dns;                  /* name servers; "": those of this machine */
    unsigned webhook_retry_seconds, webhook_give_up_seconds;
};

/* Reads the environment. Strings live in the arena. */
MUST_CHECK enum status config_read(struct arena *arena, struct config *config, struct detail *detail);

/* Writes every variable with its default and meaning: for the help, and as an environment file. */
void config_write_help(struct text *out);
void config_write_example(struct text *out);

#endif
