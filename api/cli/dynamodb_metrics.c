#include "cli/dynamodb_metrics.h"

#include "telemetry/metrics.h"

#include <inttypes.h>
#include <stdio.h>

struct family {
    const char *name, *help;
    uint64_t (*value)(const struct dynamodb_usage *usage); /* in halves */
};

static uint64_t calls(const struct dynamodb_usage *usage)
{
    return 2 * usage->calls;
}

static uint64_t reads(const struct dynamodb_usage *usage)
{
    return usage->half_reads;
}

static uint64_t writes(const struct dynamodb_usage *usage)
{
    return usage->half_writes;
}

static uint64_t conflicts(const struct dynamodb_usage *usage)
{
    return 2 * usage->conflicts;
}

static const struct family families[] = {
    {"mypos_dynamodb_round_trips_total", "Requests to DynamoDB, repetitions included.", calls},
    {"mypos_dynamodb_read_units_total", "Read units that DynamoDB counted.", reads},
    {"mypos_dynamodb_write_units_total", "Write units that DynamoDB counted.", writes},
    {"mypos_dynamodb_conflicts_total", "Writes that met another one at the same item.", conflicts},
};

/* Units come in halves, and Prometheus takes decimals. */
static void write_sample(struct text *out, const struct family *family, enum dynamodb_operation operation,
                         uint64_t halves)
{
    char line[160];
    snprintf(line, sizeof line, "%s{operation=\"%s\"} %" PRIu64 "%s\n", family->name,
             dynamodb_operation_name(operation), halves / 2, halves % 2 != 0 ? ".5" : "");
    text_add_string(out, line);
}

static void write_all(struct text *out, void *context)
{
    const struct dynamodb *dynamodb = context;
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        metrics_write_head(out, families[i].name, "counter", families[i].help);
        for (enum dynamodb_operation operation = 0; operation < DYNAMODB_OPERATION_COUNT; operation++) {
            const struct dynamodb_usage usage = dynamodb_usage(dynamodb, operation);
            const uint64_t halves = families[i].value(&usage);
            if (halves > 0) {
                write_sample(out, &families[i], operation, halves);
            }
        }
    }
}

void dynamodb_metrics_register(struct dynamodb *dynamodb)
{
    metrics_add_source(write_all, dynamodb);
}
