#include "telemetry/process.h"

#include "base/clock.h"
#include "telemetry/metrics.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

static int64_t started_at_ms;

static int64_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long all = 0, resident = 0;
    if (file != NULL) {
        if (fscanf(file, "%ld %ld", &all, &resident) != 2) {
            resident = 0;
        }
        fclose(file);
    }
    return (int64_t)resident * sysconf(_SC_PAGESIZE);
}

static int64_t open_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int64_t count = -3; /* ".", ".." and the directory itself */
    while (directory != NULL && readdir(directory) != NULL) {
        count++;
    }
    if (directory != NULL) {
        closedir(directory);
    }
    return count < 0 ? 0 : count;
}

static void write_process(struct text *out, void *context)
{
    (void)context;
    metrics_write_head(out, "mypos_build_info", "gauge", "The version that runs; the value is always 1.");
    metrics_write_sample(out, "mypos_build_info", "version=\"" MYPOS_VERSION "\"", 1);
    metrics_write_head(out, "process_resident_memory_bytes", "gauge", "Resident memory in bytes.");
    metrics_write_sample(out, "process_resident_memory_bytes", "", resident_bytes());
    metrics_write_head(out, "process_open_fds", "gauge", "Open file descriptors.");
    metrics_write_sample(out, "process_open_fds", "", open_descriptors());
    metrics_write_head(out, "process_start_time_seconds", "gauge", "When the process started, since 1970.");
    metrics_write_sample(out, "process_start_time_seconds", "", started_at_ms / 1000);
}

void process_metrics_register(void)
{
    started_at_ms = clock_now_ms();
    metrics_add_source(write_process, NULL);
}
