#include "http/static_files.h"

#include "app/images/product_images.h"
#include "base/hash.h"
#include "http/embedded_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define IN_MEMORY_MAX (512u << 10) /* larger files are read while they are sent */
#define REVALIDATE    "no-cache"
#define IMAGES_CACHED "public, max-age=300"
#define IMAGES_KEPT   "public, max-age=31536000, immutable" /* names that stand for one content for ever */
#define ORIGIN_MAX    256
#define PAGE          "index.html"
#define APP_POLICY                                                                                           \
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "                           \
    "img-src 'self' blob: data:%s%s; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "           \
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
/* A picture is data of the shop: whatever script it holds must not run when it is opened by itself. */
#define PICTURE_POLICY "default-src 'none'; style-src 'unsafe-inline'; sandbox"

static const struct {
    const char *extension, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".webp", "image/webp"},
    {".gif", "image/gif"},
    {".ico", "image/x-icon"},
    {".wasm", "application/wasm"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
    {".md", "text/plain; charset=utf-8"},
};

static const char *type_of(const char *name)
{
    const char *extension = strrchr(name, '.');
    for (size_t i = 0; extension != NULL && i < sizeof types / sizeof *types; i++) {
        if (strcasecmp(types[i].extension, extension) == 0) {
            return types[i].type;
        }
    }
    return "application/octet-stream";
}

const struct embedded_file *embedded_file_at(const char *path)
{
    for (const struct embedded_file *file = embedded_files; file->path != NULL; file++) {
        if (strcmp(file->path, path) == 0) {
            return file;
        }
    }
    return NULL;
}

static bool open_directory(const char *path, int *fd, struct detail *detail)
{
    *fd = open(path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    if (*fd < 0) {
        (void)detail_set(detail, STATUS_INTERNAL_ERROR, "Cannot open the directory %s: %s", path,
                         strerror(errno));
    }
    return *fd >= 0;
}

bool static_files_open(const struct app *app, const char *web_ui, const char *images,
                       struct static_files *files, struct detail *detail)
{
    *files = (struct static_files){.app = app, .web_ui = -1, .images = -1};
    if (web_ui != NULL && *web_ui != '\0' && !open_directory(web_ui, &files->web_ui, detail)) {
        return false;
    }
    if (mkdir(images, 0755) != 0 && errno != EEXIST) {
        (void)detail_set(detail, STATUS_INTERNAL_ERROR, "Cannot make the directory %s: %s", images,
                         strerror(errno));
        return false;
    }
    return open_directory(images, &files->images, detail);
}

void static_files_close(struct static_files *files)
{
    if (files->web_ui >= 0) {
        close(files->web_ui);
    }
    if (files->images >= 0) {
        close(files->images);
    }
    *files = (struct static_files){.web_ui = -1, .images = -1};
}

/* Opens a file below a directory; -1 when there is none. */
static int open_below(int directory, const char *const *segments, unsigned count)
{
    int at = directory;
    for (unsigned i = 0; i < count; i++) {
        const bool last = i + 1 == count;
        const char *name = segments[i];
        const int next =
            *name == '\0' || *name == '.'
                ? -1
                : openat(at, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (last ? 0 : O_DIRECTORY));
        if (at != directory) {
            close(at);
        }
        if (next < 0) {
            return -1;
        }
        at = next;
    }
    struct stat status;
    if (at == directory || fstat(at, &status) != 0 || !S_ISREG(status.st_mode)) {
        if (at != directory) {
            close(at);
        }
        return -1;
    }
    return at;
}

static ssize_t read_file(void *context, char *buffer, size_t size)
{
    return read((int)(intptr_t)context, buffer, size);
}

static void close_file(void *context)
{
    close((int)(intptr_t)context);
}

static bool reply_with_file(struct request *request, int fd, const char *type)
{
    struct reply *reply = &request->reply;
    struct stat status;
    if (fstat(fd, &status) != 0) {
        close(fd);
        return false;
    }
    const char *tag = arena_printf(&request->arena, "\"%llx-%llx-%lx\"",
                                   (unsigned long long)status.st_mtim.tv_sec,
                                   (unsigned long long)status.st_size, status.st_mtim.tv_nsec);
    reply_add_header(reply, "ETag", tag);
    reply_add_header(reply, "Content-Type", type);
    if (status.st_size > IN_MEMORY_MAX) {
        reply->stream = read_file;
        reply->stream_close = close_file;
        reply->stream_context = (void *)(intptr_t)fd;
        return true;
    }
    const size_t size = (size_t)status.st_size;
    char *bytes = arena_alloc(&request->arena, size + 1);
    size_t have = 0;
    ssize_t more = 1;
    while (have < size && (more = read(fd, bytes + have, size - have)) > 0) {
        have += (size_t)more;
    }
    close(fd);
    reply->body = bytes;
    reply->length = have;
    return more >= 0;
}

static bool serve_embedded(struct request *request)
{
    const struct embedded_file *file = embedded_file_at(request->target.path);
    if (file == NULL) {
        return false;
    }
    char text[HASH_TEXT_SIZE];
    const struct hash hash = hash_of(file->bytes, *file->size);
    struct reply *reply = &request->reply;
    reply->status = 200;
    reply->body = file->bytes;
    reply->length = *file->size;
    reply_add_header(reply, "ETag", arena_printf(&request->arena, "\"%.16s\"", hash_format(&hash, text)));
    reply_add_header(reply, "Content-Type", type_of(file->path));
    reply_add_header(reply, "Cache-Control", REVALIDATE);
    return true;
}

/* To where the picture is. It is not looked for: the bucket says itself that it has none of this name. */
static bool redirect_to_picture(struct request *request, const char *url, unsigned max_age_s)
{
    request->reply.status = 302;
    request->reply.body = "";
    reply_add_header(&request->reply, "Location", url);
    reply_add_header(&request->reply, "Cache-Control",
                     arena_printf(&request->arena, "private, max-age=%u", max_age_s));
    return true;
}

/* As product_images_locate; NULL also when nobody knows now. */
static const char *locate_picture(const struct static_files *files, struct request *request, const char *name,
                                  unsigned *max_age_s)
{
    const char *url = NULL;
    const enum status status = product_images_locate(files->app, name, &request->arena, &url, max_age_s);
    return status == STATUS_OK ? url : NULL;
}

/* As the contract has them; nothing else goes into an address. */
static bool is_picture_name(const char *name)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    return *name != '\0' && *name != '.' && name[strspn(name, plain)] == '\0';
}

static bool serve_picture(const struct static_files *files, struct request *request)
{
    const struct target *target = &request->target;
    const char *name = target->segments[target->segment_count - 1];
    unsigned max_age_s = 0;
    const char *url = target->segment_count == 2 && is_picture_name(name)
                          ? locate_picture(files, request, name, &max_age_s)
                          : NULL;
    if (url != NULL) {
        return redirect_to_picture(request, url, max_age_s);
    }
    const int fd = open_below(files->images, target->segments + 1, target->segment_count - 1);
    if (fd < 0 || !reply_with_file(request, fd, type_of(name))) {
        return false;
    }
    request->reply.status = 200;
    reply_add_header(&request->reply, "Cache-Control",
                     product_images_is_lasting(name) ? IMAGES_KEPT : IMAGES_CACHED);
    reply_add_header(&request->reply, "Content-Security-Policy", PICTURE_POLICY);
    return true;
}

/* The app may show pictures from where they are. */
static const char *app_policy(const struct static_files *files, struct request *request)
{
    char origin[ORIGIN_MAX] = "";
    unsigned max_age_s;
    const char *url = locate_picture(files, request, "x", &max_age_s);
    const char *host = url == NULL ? NULL : strstr(url, "://");
    if (host != NULL) {
        const size_t length = (size_t)(host - url) + 3 + strcspn(host + 3, "/");
        snprintf(origin, sizeof origin, "%.*s", (int)length, url);
    }
    return arena_printf(&request->arena, APP_POLICY, *origin == '\0' ? "" : " ", origin);
}

/* Paths that belong to the API are no pages of the app, however they are spelt. */
static bool may_be_page(const struct target *target)
{
    static const char *const taken[] = {"api", "docs", "health", "images", "metrics"};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        if (strcmp(target->segments[0], taken[i]) == 0) {
            return false;
        }
    }
    for (unsigned i = 0; i < target->segment_count; i++) {
        const bool is_last = i + 1 == target->segment_count;
        if (strchr(target->segments[i], '.') != NULL || (target->segments[i][0] == '\0' && !is_last)) {
            return false;
        }
    }
    return true;
}

static bool serve_app(const struct static_files *files, struct request *request)
{
    static const char *const page[] = {PAGE};
    const struct target *target = &request->target;
    if (files->web_ui < 0) {
        return false;
    }
    const char *name = target->segments[target->segment_count - 1];
    int fd = open_below(files->web_ui, target->segments, target->segment_count);
    if (fd < 0 && may_be_page(target)) {
        name = PAGE;
        fd = open_below(files->web_ui, page, 1);
    }
    const char *type = type_of(name);
    if (fd < 0 || !reply_with_file(request, fd, type)) {
        return false;
    }
    request->reply.status = 200;
    reply_add_header(&request->reply, "Cache-Control", REVALIDATE);
    if (strncmp(type, "text/html", 9) == 0) {
        reply_add_header(&request->reply, "Content-Security-Policy", app_policy(files, request));
    }
    return true;
}

bool static_files_serve(const struct static_files *files, struct request *request)
{
    const struct target *target = &request->target;
    if (target->segment_count == 0) {
        return false;
    }
    if (strcmp(target->segments[0], "images") == 0) {
        return serve_picture(files, request);
    }
    return serve_embedded(request) || serve_app(files, request);
}
