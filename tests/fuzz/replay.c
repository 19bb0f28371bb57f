/*
 * Runs a fuzz target over the files of a folder, once each: what fuzzing found stays found, in builds
 * without libFuzzer too.
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat stat;
    if (file == NULL || fstat(fileno(file), &stat) != 0) {
        perror(path);
        return false;
    }
    /* Exactly as large as the input, so that AddressSanitizer sees every byte beyond it. */
    const size_t size = (size_t)stat.st_size;
    uint8_t *bytes = malloc(size > 0 ? size : 1);
    const bool whole = bytes != NULL && fread(bytes, 1, size, file) == size;
    if (whole) {
        LLVMFuzzerTestOneInput(bytes, size);
    }
    free(bytes);
    fclose(file);
    return whole;
}

int main(int count, char **arguments)
{
    DIR *folder = count == 2 ? opendir(arguments[1]) : NULL;
    if (folder == NULL) {
        fputs("usage: fuzz_NAME FOLDER\n", stderr);
        return 2;
    }
    unsigned replayed = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[4096];
        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(path, sizeof path, "%s/%s", arguments[1], entry->d_name);
        if (!replay_file(path)) {
            return 1;
        }
        replayed++;
    }
    closedir(folder);
    printf("%u inputs\n", replayed);
    return replayed > 0 ? 0 : 1;
}
