#include "telemetry/metrics.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SOURCES_MAX 16

enum kind {
    COUNTER,
    GAUGE,
    HISTOGRAM,
};

struct series {
    char *labels;
    struct series *next;
    union {
        struct metric_counter counter;
        struct metric_gauge gauge;
        struct metric_histogram histogram;
    } metric;
};

struct family {
    char *name, *help;
    enum kind kind;
    struct series *first, **last;
    struct family *next;
};

/* One registry a process. The lock guards the lists; the numbers need none. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct family *families, **last_family = &families;
static struct {
    metrics_source write;
    void *context;
} sources[SOURCES_MAX];
static unsigned source_count;

static const struct {
    int64_t us;
    const char *seconds;
} bounds[METRIC_BUCKETS] = {
    {100, "0.0001"},  {250, "0.00025"}, {500, "0.0005"},  {1000, "0.001"},  {2500, "0.0025"},
    {5000, "0.005"},  {10000, "0.01"},  {25000, "0.025"}, {50000, "0.05"},  {100000, "0.1"},
    {250000, "0.25"}, {1000000, "1"},   {5000000, "5"},   {30000000, "30"},
};

static void *allocate(size_t size)
{
    void *memory = calloc(1, size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

static char *copy(const char *string)
{
    const size_t size = strlen(string) + 1;
    return memcpy(allocate(size), string, size);
}

static struct family *family_of(const char *name, const char *help, enum kind kind)
{
    for (struct family *family = families; family != NULL; family = family->next) {
        if (strcmp(family->name, name) == 0) {
            if (family->kind != kind) {
                abort(); /* one name, two meanings: a defect of ours */
            }
            return family;
        }
    }
    struct family *family = allocate(sizeof *family);
    *family = (struct family){.name = copy(name), .help = copy(help), .kind = kind};
    family->last = &family->first;
    *last_family = family;
    last_family = &family->next;
    return family;
}

static struct series *series_of(const char *name, const char *help, const char *labels, enum kind kind)
{
    pthread_mutex_lock(&lock);
    struct family *family = family_of(name, help, kind);
    struct series *series = family->first;
    while (series != NULL && strcmp(series->labels, labels) != 0) {
        series = series->next;
    }
    if (series == NULL) {
        series = allocate(sizeof *series);
        series->labels = copy(labels);
        *family->last = series;
        family->last = &series->next;
    }
    pthread_mutex_unlock(&lock);
    return series;
}

struct metric_counter *metrics_counter(const char *name, const char *help, const char *labels)
{
    return &series_of(name, help, labels, COUNTER)->metric.counter;
}

struct metric_gauge *metrics_gauge(const char *name, const char *help, const char *labels)
{
    return &series_of(name, help, labels, GAUGE)->metric.gauge;
}

struct metric_histogram *metrics_histogram(const char *name, const char *help, const char *labels)
{
    return &series_of(name, help, labels, HISTOGRAM)->metric.histogram;
}

void metric_count(struct metric_counter *counter, uint64_t by)
{
    atomic_fetch_add_explicit(&counter->value, by, memory_order_relaxed);
}

void metric_move(struct metric_gauge *gauge, int64_t by)
{
    atomic_fetch_add_explicit(&gauge->value, by, memory_order_relaxed);
}

void metric_observe(struct metric_histogram *histogram, int64_t duration_us)
{
    unsigned bucket = 0;
    while (bucket < METRIC_BUCKETS && duration_us > bounds[bucket].us) {
        bucket++;
    }
    atomic_fetch_add_explicit(&histogram->buckets[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->sum_us, (uint64_t)duration_us, memory_order_relaxed);
}

void metrics_add_source(metrics_source source, void *context)
{
    pthread_mutex_lock(&lock);
    if (source_count == SOURCES_MAX) {
        abort();
    }
    sources[source_count].write = source;
    sources[source_count++].context = context;
    pthread_mutex_unlock(&lock);
}

void metrics_write_head(struct text *out, const char *name, const char *type, const char *help)
{
    const char *const pieces[] = {"# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n"};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        text_add_string(out, pieces[i]);
    }
}

/* "name_suffix{labels,more} " */
static void write_series(struct text *out, const char *name, const char *suffix, const char *labels,
                         const char *more)
{
    text_add_string(out, name);
    text_add_string(out, suffix);
    if (*labels != '\0' || *more != '\0') {
        text_add_char(out, '{');
        text_add_string(out, labels);
        text_add_string(out, *labels != '\0' && *more != '\0' ? "," : "");
        text_add_string(out, more);
        text_add_char(out, '}');
    }
    text_add_char(out, ' ');
}

void metrics_write_sample(struct text *out, const char *name, const char *labels, int64_t value)
{
    write_series(out, name, "", labels, "");
    text_add_int(out, value);
    text_add_char(out, '\n');
}

static void write_seconds(struct text *out, uint64_t us)
{
    char micros[7];
    for (int i = 6; i-- > 0; us /= 10) {
        micros[i] = (char)('0' + us % 10);
    }
    text_add_int(out, (int64_t)us);
    text_add_char(out, '.');
    text_add(out, micros, 6);
}

static void write_histogram(struct text *out, const char *name, const char *labels,
                            struct metric_histogram *histogram)
{
    uint64_t count = 0;
    for (unsigned bucket = 0; bucket <= METRIC_BUCKETS; bucket++) {
        char edge[32];
        struct text more = text_over(edge, sizeof edge);
        text_add_string(&more, "le=\"");
        text_add_string(&more, bucket < METRIC_BUCKETS ? bounds[bucket].seconds : "+Inf");
        text_add_string(&more, "\"");
        count += atomic_load_explicit(&histogram->buckets[bucket], memory_order_relaxed);
        write_series(out, name, "_bucket", labels, text_string(&more));
        text_add_int(out, (int64_t)count);
        text_add_char(out, '\n');
    }
    write_series(out, name, "_sum", labels, "");
    write_seconds(out, atomic_load_explicit(&histogram->sum_us, memory_order_relaxed));
    text_add_char(out, '\n');
    write_series(out, name, "_count", labels, "");
    text_add_int(out, (int64_t)count);
    text_add_char(out, '\n');
}

void metrics_write(struct text *out)
{
    static const char *const types[] = {[COUNTER] = "counter", [GAUGE] = "gauge", [HISTOGRAM] = "histogram"};
    pthread_mutex_lock(&lock);
    for (struct family *family = families; family != NULL; family = family->next) {
        metrics_write_head(out, family->name, types[family->kind], family->help);
        for (struct series *series = family->first; series != NULL; series = series->next) {
            switch (family->kind) {
            case COUNTER:
                metrics_write_sample(out, family->name, series->labels,
                                     (int64_t)atomic_load(&series->metric.counter.value));
                break;
            case GAUGE:
                metrics_write_sample(out, family->name, series->labels,
                                     atomic_load(&series->metric.gauge.value));
                break;
            case HISTOGRAM:
                write_histogram(out, family->name, series->labels, &series->metric.histogram);
                break;
            }
        }
    }
    for (unsigned i = 0; i < source_count; i++) {
        sources[i].write(out, sources[i].context);
    }
    pthread_mutex_unlock(&lock);
}
