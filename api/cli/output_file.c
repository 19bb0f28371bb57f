#include "cli/output_file.h"

#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool output_file_begin(struct output_file *file, const char *path, bool replace)
{
    *file = (struct output_file){.path = path, .replace = replace};
    if (!replace && access(path, F_OK) == 0) {
        cli_fail("%s exists; --force replaces it", path);
        return false;
    }
    const int length = snprintf(file->temporary, sizeof file->temporary, "%s.XXXXXX", path);
    if (length < 0 || (size_t)length >= sizeof file->temporary) {
        cli_fail("%s: the path is too long", path);
        return false;
    }
    const int descriptor = mkostemp(file->temporary, O_CLOEXEC); /* mode 0600 */
    if (descriptor < 0) {
        cli_fail("cannot write %s: %s", path, strerror(errno));
        return false;
    }
    close(descriptor);
    return true;
}

static bool sync_path(const char *path, int flags)
{
    const int descriptor = open(path, flags | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    const bool synced = fsync(descriptor) == 0;
    const int kept_errno = errno;
    close(descriptor);
    errno = kept_errno;
    return synced;
}

static bool give_name(const struct output_file *file)
{
    char directory[PATH_MAX];
    snprintf(directory, sizeof directory, "%s", file->path);
    return sync_path(file->temporary, O_RDONLY) &&
           renameat2(AT_FDCWD, file->temporary, AT_FDCWD, file->path, file->replace ? 0 : RENAME_NOREPLACE) ==
               0 &&
           sync_path(dirname(directory), O_RDONLY | O_DIRECTORY);
}

bool output_file_finish(struct output_file *file)
{
    if (give_name(file)) {
        return true;
    }
    cli_fail("cannot write %s: %s", file->path, strerror(errno));
    output_file_abandon(file);
    return false;
}

void output_file_abandon(struct output_file *file)
{
    unlink(file->temporary);
}
