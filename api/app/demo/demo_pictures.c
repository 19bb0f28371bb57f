#include "app/demo/demo_pictures.h"

#include "base/hash.h"
#include "catalog/csv.h"
#include "images/images.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PICTURE_MAX (4 * 1024 * 1024)
#define NAME_DIGITS 32 /* of the content's hash */

struct demo_pictures {
    unsigned count;
    struct picture {
        const char *file, *name;
    } pictures[DEMO_PICTURES_MAX];
};

static enum status cannot(struct call *call, const char *doing, const char *path)
{
    return detail_set(&call->detail, STATUS_STORAGE_UNAVAILABLE, "Cannot %s %s: %s.", doing, path,
                      strerror(errno));
}

static bool is_picture(const char *file)
{
    const char *dot = strrchr(file, '.');
    return dot != NULL && dot != file &&
           (strcmp(dot, ".svg") == 0 || strcmp(dot, ".png") == 0 || strcmp(dot, ".webp") == 0 ||
            strcmp(dot, ".jpg") == 0);
}

/* Reads a whole file into the arena. */
static bool read_file(struct arena *arena, const char *path, const char **bytes, size_t *length)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat stat;
    if (fd < 0) {
        return false;
    }
    bool whole = fstat(fd, &stat) == 0 && stat.st_size <= PICTURE_MAX;
    if (whole) {
        char *buffer = arena_alloc(arena, (size_t)stat.st_size + 1);
        whole = read(fd, buffer, (size_t)stat.st_size) == stat.st_size;
        *bytes = buffer;
        *length = (size_t)stat.st_size;
    }
    close(fd);
    return whole;
}

static const char *type_of(const char *file)
{
    const char *dot = strrchr(file, '.');
    return strcmp(dot, ".svg") == 0   ? "image/svg+xml"
           : strcmp(dot, ".png") == 0 ? "image/png"
           : strcmp(dot, ".jpg") == 0 ? "image/jpeg"
                                      : "image/webp";
}

static enum status copy_picture(struct call *call, const char *directory, struct picture *picture,
                                unsigned *copied)
{
    char digits[HASH_TEXT_SIZE];
    const struct images *images = call->app->images;
    const char *bytes;
    size_t length;
    const char *from = arena_printf(call->arena, "%s/%s", directory, picture->file);
    if (!read_file(call->arena, from, &bytes, &length)) {
        return cannot(call, "read", from);
    }
    const struct hash hash = hash_of(bytes, length);
    picture->name = arena_printf(call->arena, "%.*s%s", NAME_DIGITS, hash_format(&hash, digits),
                                 strrchr(picture->file, '.'));
    const struct images_picture kept = {
        .name = picture->name, .type = type_of(picture->file), .bytes = bytes, .length = length};
    bool is_new = false;
    const enum status status = images->ops->keep(images, &kept, call->arena, &is_new);
    *copied += is_new && status == STATUS_OK;
    return status;
}

enum status demo_pictures_copy(struct call *call, const char *directory, struct demo_pictures **out,
                               unsigned *copied)
{
    struct demo_pictures *pictures = arena_zeroed(call->arena, 1, sizeof *pictures);
    const char *from = arena_printf(call->arena, "%s/images", directory);
    DIR *folder = opendir(from);
    if (folder == NULL) {
        return cannot(call, "read", from);
    }
    enum status status = STATUS_OK;
    const struct dirent *entry;
    while (status == STATUS_OK && pictures->count < DEMO_PICTURES_MAX && (entry = readdir(folder)) != NULL) {
        if (is_picture(entry->d_name)) {
            struct picture *picture = &pictures->pictures[pictures->count++];
            picture->file = arena_copy(call->arena, entry->d_name);
            status = copy_picture(call, from, picture, copied);
        }
    }
    closedir(folder);
    *out = pictures;
    return status;
}

const char *demo_pictures_name(const struct demo_pictures *pictures, const char *file)
{
    for (unsigned i = 0; i < pictures->count; i++) {
        if (strcmp(pictures->pictures[i].file, file) == 0) {
            return pictures->pictures[i].name;
        }
    }
    return NULL;
}

/* --- the CSV file ------------------------------------------------------------------------------- */

static ssize_t read_csv(void *context, char *buffer, size_t size)
{
    return read(*(const int *)context, buffer, size);
}

static void write_field(FILE *out, const char *text)
{
    putc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            putc('"', out);
        }
        putc(*text, out);
    }
    putc('"', out);
}

static void write_row(const struct demo_pictures *pictures, const struct csv_row *row, unsigned image_field,
                      FILE *out)
{
    for (unsigned i = 0; i < row->field_count; i++) {
        const char *name = i == image_field ? demo_pictures_name(pictures, row->fields[i].text) : NULL;
        if (i > 0) {
            putc(',', out);
        }
        write_field(out, name == NULL ? row->fields[i].text : name);
    }
    putc('\n', out);
}

int demo_pictures_rename(const struct demo_pictures *pictures, int fd)
{
    const int copy = memfd_create("products.csv", MFD_CLOEXEC);
    FILE *out = copy < 0 ? NULL : fdopen(dup(copy), "w");
    struct csv_reader reader;
    if (out == NULL || !csv_open(&reader, read_csv, &fd)) {
        return -1;
    }
    struct csv_row row;
    unsigned image_field = CSV_FIELDS_MAX;
    bool is_header = true;
    enum csv_result result;
    while ((result = csv_next(&reader, &row)) == CSV_ROW) {
        for (unsigned i = 0; is_header && i < row.field_count; i++) {
            image_field = strcasecmp(row.fields[i].text, "image") == 0 ? i : image_field;
        }
        is_header = false;
        write_row(pictures, &row, image_field, out);
    }
    csv_close(&reader);
    const bool whole = fclose(out) == 0 && result == CSV_END;
    if (!whole) {
        close(copy);
        errno = EINVAL;
        return -1;
    }
    return copy;
}
