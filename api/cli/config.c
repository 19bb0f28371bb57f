#include "cli/config.h"

#include "notify/mail.h"
#include "notify/smtp.h"
#include "notify/webhook/webhook_lookup.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX           "MYPOS_"
#define WRAP_COLUMNS     100
#define IMAGES_URL_MAX   1000
#define PASSWORD_MAX     1024
#define TABLE_PREFIX_MAX 64

#define SMALL_LETTERS "abcdefghijklmnopqrstuvwxyz"
#define LETTERS       SMALL_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS        "0123456789"

extern char **environ;

/* Reads a value into the configuration; false when it is not understood. */
typedef bool (*reader)(struct arena *arena, const char *value, struct config *config);

static bool read_number(const char *value, unsigned least, unsigned most, unsigned *number)
{
    if (*value == '\0' || strlen(value) > 9 || value[strspn(value, "0123456789")] != '\0') {
        return false;
    }
    *number = (unsigned)strtoul(value, NULL, 10);
    return *number >= least && *number <= most;
}

static bool read_bind(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    unsigned char address[16];
    config->bind = value;
    return inet_pton(AF_INET, value, address) == 1 || inet_pton(AF_INET6, value, address) == 1;
}

static bool read_port(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    unsigned port;
    if (!read_number(value, 0, 65535, &port)) {
        return false;
    }
    config->port = (uint16_t)port;
    return true;
}

static bool read_data(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    config->data = value;
    return *value != '\0';
}

static bool read_web_ui(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    struct stat status;
    config->web_ui = value;
    return *value == '\0' || (stat(value, &status) == 0 && S_ISDIR(status.st_mode));
}

/* "https://till.example:8443": as browsers send it, so no path and no slash at the end. */
static bool is_origin(const char *origin)
{
    const char *host = strncmp(origin, "https://", 8) == 0  ? origin + 8
                       : strncmp(origin, "http://", 7) == 0 ? origin + 7
                                                            : NULL;
    return host != NULL && *host != '\0' &&
           host[strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-:[]")] == '\0';
}

static bool read_origins(struct arena *arena, const char *value, struct config *config)
{
    config->origin_count = 0;
    while (*value != '\0') {
        const size_t length = strcspn(value, ", ");
        if (length > 0) {
            const char *origin = arena_copy_n(arena, value, length);
            if (config->origin_count == CONFIG_ORIGINS_MAX || !is_origin(origin)) {
                return false;
            }
            config->origins[config->origin_count++] = origin;
        }
        value += length;
        value += strspn(value, ", ");
    }
    return true;
}

static bool read_admin_password(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    const size_t length = strlen(value);
    config->admin_password = length == 0 ? NULL : value;
    return length <= PASSWORD_MAX;
}

static bool read_log(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    static const char *const names[] = {
        [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARNING] = "warning", [LOG_ERROR] = "error"};
    for (enum log_level level = LOG_DEBUG; level <= LOG_ERROR; level++) {
        if (strcmp(names[level], value) == 0) {
            config->log_level = level;
            return true;
        }
    }
    return false;
}

static bool read_connections(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    return read_number(value, 8, 4096, &config->connections);
}

static bool read_readers(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    return read_number(value, 1, 8, &config->readers);
}

static bool read_drain_seconds(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    return read_number(value, 0, 600, &config->drain_seconds);
}

static bool read_smtp_url(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    config->smtp_url = value;
    return *value == '\0' || smtp_url_is_valid(value);
}

static bool read_smtp_user(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    config->smtp_user = value;
    return true;
}

static bool read_smtp_password(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    config->smtp_password = value;
    return true;
}

/* It follows the URL in the table: who sends mail has an address to send from. */
static bool read_smtp_from(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    char name[MAIL_NAME_MAX + 1], address[MAIL_ADDRESS_MAX + 1];
    config->smtp_from = value;
    return *value == '\0' ? *config->smtp_url == '\0' : mail_read_sender(value, name, address);
}

static bool read_smtp_authorities(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    config->smtp_authorities = value;
    return *value == '\0' || access(value, R_OK) == 0;
}

static bool read_smtp_retry_seconds(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    return read_number(value, 1, 3600, &config->smtp_retry_seconds);
}

static bool read_webhook_allow(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    return webhook_networks_read(value, &config->webhook_networks);
}

static bool read_webhook_authorities(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    config->webhook_authorities = value;
    return *value == '\0' || access(value, R_OK) == 0;
}

static bool read_webhook_dns(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    config->webhook_dns = value;
    return *value == '\0' || webhook_lookup_reads_servers(value);
}

static bool read_webhook_retry_seconds(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    return read_number(value, 1, 3600, &config->webhook_retry_seconds);
}

static bool read_webhook_give_up_seconds(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    return read_number(value, 1, 2419200, &config->webhook_give_up_seconds);
}

/* One of two: false for neither. */
static bool read_choice(const char *value, const char *first, const char *second, bool *is_second)
{
    *is_second = strcmp(value, second) == 0;
    return *is_second || strcmp(value, first) == 0;
}

static bool read_ledger(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    return read_choice(value, "sqlite", "dynamodb", &config->uses_dynamodb);
}

static bool read_images(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    return read_choice(value, "dir", "s3", &config->uses_s3);
}

static bool read_notify(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    return read_choice(value, "log", "sns", &config->uses_sns);
}

static bool read_cloudwatch(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    return read_choice(value, "off", "on", &config->uses_cloudwatch);
}

/* As the service takes them: of both, whatever it allows in names. */
static bool read_log_group(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    const size_t length = strlen(value);
    config->log_group = value;
    return length >= 1 && length <= 512 && value[strspn(value, LETTERS DIGITS "_-/.#")] == '\0';
}

static bool read_metrics_namespace(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    const size_t length = strlen(value);
    config->metrics_namespace = value;
    return length >= 1 && length <= 255 && strncmp(value, "AWS/", 4) != 0 &&
           value[strspn(value, LETTERS DIGITS "_-/.#: ")] == '\0';
}

static bool read_table_prefix(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    config->table_prefix = value;
    return strlen(value) <= TABLE_PREFIX_MAX && value[strspn(value, LETTERS DIGITS "_.-")] == '\0';
}

static bool read_catalog_snapshot_entries(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    return read_number(value, 1, 1000000, &config->catalog_snapshot_entries);
}

static bool read_s3_bucket(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    const size_t length = strlen(value);
    config->s3_bucket = value;
    return length == 0
               ? !config->uses_s3
               : length >= 3 && length <= 63 && value[strspn(value, SMALL_LETTERS DIGITS ".-")] == '\0';
}

/* The browser's policy and the product's JSON name it, so it has no character that either would have to
 * escape.
 */
static bool read_images_url(struct arena *arena, const char *value, struct config *config)
{
    size_t length = strlen(value);
    while (length > 0 && value[length - 1] == '/') {
        length--;
    }
    config->images_url = arena_copy_n(arena, value, length);
    const char *host = strncmp(value, "https://", 8) == 0  ? value + 8
                       : strncmp(value, "http://", 7) == 0 ? value + 7
                                                           : NULL;
    return length == 0 || (host != NULL && *host != '\0' && *host != '/' && length <= IMAGES_URL_MAX &&
                           value[strspn(value, LETTERS DIGITS "_.-:/[]~%")] == '\0');
}

static bool read_images_grace_seconds(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    return read_number(value, 1, 5184000, &config->images_grace_seconds);
}

static bool read_sns_topic_arn(struct arena *arena, const char *value, struct config *config)
{
    (void)arena;
    config->sns_topic_arn = value;
    return *value == '\0' ? !config->uses_sns
                          : strncmp(value, "arn:", 4) == 0 && strstr(value, ":sns:") != NULL &&
                                strpbrk(value, " \t\r\n") == NULL;
}

static const struct {
    const char *name, *otherwise;
    reader read;
    const char *expected; /* "… must be <expected>" */
    const char *help;
} variables[] = {
    {"MYPOS_BIND", "127.0.0.1", read_bind, "an IPv4 or IPv6 address",
     "The address to listen on. 0.0.0.0 or :: is reached from other machines: put a proxy with TLS in "
     "front."},
    {"MYPOS_PORT", "8080", read_port, "a number from 0 to 65535",
     "The port to listen on; 0 takes a free one."},
    {"MYPOS_DATA", "./data", read_data, "the path of a directory",
     "The directory of database, pictures and backups. It is made when it is missing, and belongs to one "
     "process "
     "at a time."},
    {"MYPOS_WEB_UI", "", read_web_ui, "the path of an existing directory, or empty",
     "The directory of the web-ui to serve at /. Empty: the API alone."},
    {"MYPOS_CORS_ORIGINS", "", read_origins,
     "a list of at most 32 origins such as https://till.example, in lower case, without a path",
     "The origins, separated by commas, whose pages may call the API from a browser."},
    {"MYPOS_ADMIN_PASSWORD", "", read_admin_password, "at most 1024 characters",
     "The password of the first administrator, user name admin. It counts only while there is no employee. "
     "Empty: a random one is made and printed once. Choose twelve characters or more."},
    {"MYPOS_LOG", "info", read_log, "debug, info, warning or error",
     "What is logged, as JSON lines on standard error. info has a line for every request."},
    {"MYPOS_CONNECTIONS", "256", read_connections, "a number from 8 to 4096",
     "How many connections are open at most."},
    {"MYPOS_READERS", "4", read_readers, "a number from 1 to 8", "How many connections read the database."},
    {"MYPOS_DRAIN_SECONDS", "30", read_drain_seconds, "a number from 0 to 600",
     "How long requests in flight may take to end when the server is told to stop."},
    {"MYPOS_LEDGER", "sqlite", read_ledger, "sqlite or dynamodb",
     "Where customers, transactions, shifts and stock are kept: in the data directory, or in DynamoDB, where "
     "several servers share them. AWS's services are found by AWS_REGION, and credentials where AWS's own "
     "tools "
     "find them."},
    {"MYPOS_TABLE_PREFIX", "mypos-", read_table_prefix,
     "at most 64 letters, digits, dots, dashes and underscores",
     "What the names of the tables in DynamoDB begin with."},
    {"MYPOS_CATALOG_SNAPSHOT_ENTRIES", "1000", read_catalog_snapshot_entries, "a number from 1 to 1000000",
     "After how many changes of a catalogue that several servers share one of them keeps a snapshot of it in "
     "the bucket, from which new servers start. There is one a day anyway, when anything changed."},
    {"MYPOS_IMAGES", "dir", read_images, "dir or s3",
     "Where product pictures are kept: in the data directory, or in a bucket of S3."},
    {"MYPOS_S3_BUCKET", "", read_s3_bucket, "the name of a bucket; needed with MYPOS_IMAGES=s3",
     "The bucket that pictures are kept in, and snapshots of a catalogue that several servers share. Of this "
     "shop alone: a picture that no product of it has any more is removed, whoever else may have it."},
    {"MYPOS_IMAGES_URL", "", read_images_url, "a URL such as https://cdn.example/images, or empty",
     "Where browsers get pictures: what stands before /NAME, of a CDN or of a bucket that is public. In the "
     "bucket they are under images/. Empty: they ask this server, which has them, or passes on an address of "
     "the bucket that is signed for some minutes."},
    {"MYPOS_IMAGES_GRACE_SECONDS", "172800", read_images_grace_seconds, "a number from 1 to 5184000",
     "How long a picture is kept that no product has any more. Not less than two days, but for tests: tills "
     "may be offline, and show it."},
    {"MYPOS_NOTIFY", "log", read_notify, "log or sns",
     "Who is told of transactions: the log, or a topic of SNS."},
    {"MYPOS_SNS_TOPIC_ARN", "", read_sns_topic_arn,
     "an ARN such as arn:aws:sns:eu-central-1:123456789012:sales; needed with MYPOS_NOTIFY=sns",
     "The topic that is told of transactions, of the region that AWS_REGION names."},
    {"MYPOS_SMTP_URL", "", read_smtp_url,
     "a URL such as smtps://mail.example:465 or smtp://mail.example:587, without user and password",
     "The mail server that sends receipts to customers. smtps:// is encrypted from the first byte; smtp:// "
     "turns to TLS where the server can, and must when there is a user. Add a path with the name of this "
     "machine, such as /till.shop.example, where the server wants to hear one. Empty: no mail is sent."},
    {"MYPOS_SMTP_USER", "", read_smtp_user, "any text",
     "The user name at the mail server. Empty: without login."},
    {"MYPOS_SMTP_PASSWORD", "", read_smtp_password, "any text", "The password at the mail server."},
    {"MYPOS_SMTP_FROM", "", read_smtp_from,
     "an address such as receipts@shop.example, or Corner Shop <receipts@shop.example>; needed with "
     "MYPOS_SMTP_URL",
     "Who the mail is from. Without a name, the store's."},
    {"MYPOS_SMTP_CA", "", read_smtp_authorities, "the path of a file that can be read, or empty",
     "Certificates in PEM that the mail server's must be signed by. Empty: those that the machine trusts."},
    {"MYPOS_SMTP_RETRY_SECONDS", "30", read_smtp_retry_seconds, "a number from 1 to 3600",
     "How long to wait after a try that failed; each further one waits twice as long, six hours at most. "
     "After twenty tries, two to three days with the default, a mail is given up."},
    {"MYPOS_WEBHOOK_CA", "", read_webhook_authorities, "the path of a file that can be read, or empty",
     "Certificates in PEM that those of webhooks must be signed by. Empty: those that the machine trusts."},
    {"MYPOS_WEBHOOK_DNS", "", read_webhook_dns,
     "addresses with commas between them, such as 10.0.0.2,[fd00::2]:5353, or empty",
     "The name servers that know the names of webhooks. Empty: those of /etc/resolv.conf. Names of "
     "/etc/hosts "
     "are known either way."},
    {"MYPOS_WEBHOOK_RETRY_SECONDS", "10", read_webhook_retry_seconds, "a number from 1 to 3600",
     "How long to wait after a webhook did not accept an event; each further try waits twice as long, 24 "
     "hours at most."},
    {"MYPOS_WEBHOOK_GIVE_UP_SECONDS", "259200", read_webhook_give_up_seconds, "a number from 1 to 2419200",
     "For how long an event is tried: three days with the default. A webhook to which nothing was delivered "
     "in all that time is disabled."},
    {"MYPOS_WEBHOOK_ALLOW", "", read_webhook_allow,
     "at most 16 networks such as 192.168.1.0/24,10.0.0.7,fd00::/8, or empty; not link-local ones, nor where "
     "clouds keep the credentials of their machines",
     "Where webhooks may lead beside the public Internet: to a program on the shop's own network, or with "
     "127.0.0.0/8 on this machine; when its URL names it by address also without TLS. Whoever may create "
     "webhooks can then have this server send to whatever listens there."},
    {"MYPOS_CLOUDWATCH", "off", read_cloudwatch, "off or on",
     "Whether metrics and logs also go to CloudWatch."},
    {"MYPOS_LOG_GROUP", "/mypos", read_log_group, "the name of a log group",
     "The log group that lines go to with MYPOS_CLOUDWATCH=on. It must exist; each process makes a stream of "
     "its own."},
    {"MYPOS_METRICS_NAMESPACE", "MyPOS", read_metrics_namespace,
     "a name of 1 to 255 characters that does not begin with AWS/",
     "The namespace that metrics go to with MYPOS_CLOUDWATCH=on."},
};

#define VARIABLES (sizeof variables / sizeof *variables)

/* A mistyped name would be a setting that silently does nothing. It is named and not refused: Kubernetes puts
 * variables such as MYPOS_SERVICE_HOST into the environment by itself. */
static void warn_of_unknown_names(struct arena *arena)
{
    for (char **at = environ; *at != NULL; at++) {
        const size_t length = strcspn(*at, "=");
        if (strncmp(*at, PREFIX, sizeof PREFIX - 1) != 0) {
            continue;
        }
        bool known = false;
        for (size_t i = 0; i < VARIABLES && !known; i++) {
            known = strlen(variables[i].name) == length && memcmp(variables[i].name, *at, length) == 0;
        }
        if (!known) {
            struct log_line line = log_begin(LOG_WARNING, "unknown_variable");
            log_text(&line, "name", arena_copy_n(arena, *at, length));
            log_end(&line);
        }
    }
}

enum status config_read(struct arena *arena, struct config *config, struct detail *detail)
{
    *config = (struct config){0};
    warn_of_unknown_names(arena);
    for (size_t i = 0; i < VARIABLES; i++) {
        const char *value = getenv(variables[i].name);
        if (!variables[i].read(arena, value == NULL ? variables[i].otherwise : value, config)) {
            /* Never the value itself: it may be a password. */
            return detail_set(detail, STATUS_VALIDATION_FAILED, "%s must be %s.", variables[i].name,
                              variables[i].expected);
        }
    }
    return STATUS_OK;
}

/* Words, broken before WRAP_COLUMNS, each line after `margin`. */
static void write_wrapped(struct text *out, const char *margin, const char *words)
{
    size_t column = WRAP_COLUMNS;
    bool first = true;
    while (*words != '\0') {
        const size_t length = strcspn(words, " ");
        if (column + 1 + length > WRAP_COLUMNS) {
            text_add_string(out, first ? "" : "\n");
            text_add_string(out, margin);
            column = strlen(margin);
            first = false;
        } else {
            text_add_char(out, ' ');
            column++;
        }
        text_add(out, words, length);
        column += length;
        words += length;
        words += strspn(words, " ");
    }
    text_add_char(out, '\n');
}

void config_write_help(struct text *out)
{
    for (size_t i = 0; i < VARIABLES; i++) {
        text_add_string(out, "  ");
        text_add_string(out, variables[i].name);
        if (*variables[i].otherwise != '\0') {
            text_add_string(out, " = ");
            text_add_string(out, variables[i].otherwise);
        }
        text_add_char(out, '\n');
        write_wrapped(out, "      ", variables[i].help);
    }
}

void config_write_example(struct text *out)
{
    text_add_string(
        out, "# The configuration of MyPOS, as an environment file (systemd: EnvironmentFile=). Each line\n"
             "# shows the default; take away the # to change it. Printed by `mypos help environment`.\n");
    for (size_t i = 0; i < VARIABLES; i++) {
        text_add_char(out, '\n');
        write_wrapped(out, "# ", variables[i].help);
        text_add_string(out, "# It must be ");
        text_add_string(out, variables[i].expected);
        text_add_string(out, ".\n#");
        text_add_string(out, variables[i].name);
        text_add_char(out, '=');
        text_add_string(out, variables[i].otherwise);
        text_add_char(out, '\n');
    }
}
