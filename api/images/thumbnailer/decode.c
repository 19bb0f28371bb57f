#include "images/thumbnailer/decode.h"

#include "core/image_name.h"
#include "images/image_head.h"

#include <stdio.h>
#include <string.h>
#include <vips/vips.h>

#define QUALITY_LARGE 82
#define QUALITY_SMALL 78

bool decode_start(void)
{
    static const char *const loaders[] = {"VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp",
                                          "VipsForeignLoadHeif"};
    g_setenv("VIPS_WARNING", "0", TRUE); /* a line for every row that is missing is of no use */
    if (vips_init("mypos-thumbnailer") != 0) {
        return false;
    }
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    /* Whatever a file may look like to the library: no interpreter of PDF, SVG or the like reads it. */
    vips_operation_block_set("VipsForeignLoad", TRUE);
    for (size_t i = 0; i < sizeof loaders / sizeof *loaders; i++) {
        vips_operation_block_set(loaders[i], FALSE);
    }
    return true;
}

/* Opens the picture as what its head says it is: no pixel is decoded yet. */
static int open_image(const void *bytes, size_t length, enum image_format format, VipsImage **image)
{
    void *file = (void *)(uintptr_t)bytes; /* the library does not write */
    switch (format) {
    case IMAGE_JPEG:
        return vips_jpegload_buffer(file, length, image, NULL);
    case IMAGE_PNG:
        return vips_pngload_buffer(file, length, image, NULL);
    case IMAGE_WEBP:
        return vips_webpload_buffer(file, length, image, NULL);
    case IMAGE_AVIF:
        return vips_heifload_buffer(file, length, image, NULL);
    case IMAGE_UNKNOWN:
        break;
    }
    return -1;
}

/* Looks at the file as the library reads it: the size may be another than the head's first one. */
static enum thumbnail_exit look(const void *bytes, size_t length, enum image_format format, bool *has_profile)
{
    VipsImage *image = NULL;
    if (open_image(bytes, length, format, &image) != 0) {
        return THUMBNAIL_UNREADABLE;
    }
    const bool allowed = image_size_is_allowed((uint32_t)vips_image_get_width(image),
                                               (uint32_t)vips_image_get_page_height(image));
    *has_profile = vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0;
    g_object_unref(image);
    return allowed ? THUMBNAIL_MADE : THUMBNAIL_TOO_LARGE;
}

static int save(VipsImage *image, int quality, void **bytes, size_t *length)
{
    return vips_webpsave_buffer(image, bytes, length, "Q", quality, "strip", TRUE, "smart_subsample", TRUE,
                                NULL);
}

/* The same pixels, and nothing else: where and when it was taken, whose camera. Not left to "strip", which in
 * libvips 8.14 keeps what cameras write. What it still adds is a block of its own that says nothing. */
static VipsImage *without_metadata(VipsImage *image)
{
    VipsImage *bare = NULL;
    if (vips_copy(image, &bare, "xres", 1.0, "yres", 1.0, NULL) != 0) {
        return NULL;
    }
    char **fields = vips_image_get_fields(bare);
    for (char **field = fields; field != NULL && *field != NULL; field++) {
        (void)vips_image_remove(bare, *field); /* of what is not metadata, such as the width: nothing */
    }
    g_strfreev(fields);
    return bare;
}

/* Shrinks, turns upright, and brings to sRGB; in memory, since both sizes are made of it. What ends early is
 * an error. Both have a peculiarity in libvips 8.14: that error is asked for as an option of the loader, not
 * by its own name; and a picture without a colour profile would come out in other colours if it were given
 * one. */
static int shrink(const void *bytes, size_t length, bool has_profile, VipsImage **large)
{
    void *file = (void *)(uintptr_t)bytes;
    VipsImage *image = NULL;
    const int result = has_profile ? vips_thumbnail_buffer(file, length, &image, IMAGE_LARGE_PIXELS, "height",
                                                           IMAGE_LARGE_PIXELS, "size", VIPS_SIZE_DOWN,
                                                           "option_string", "[fail_on=error]",
                                                           "export_profile", "srgb", NULL)
                                   : vips_thumbnail_buffer(file, length, &image, IMAGE_LARGE_PIXELS, "height",
                                                           IMAGE_LARGE_PIXELS, "size", VIPS_SIZE_DOWN,
                                                           "option_string", "[fail_on=error]", NULL);
    if (result != 0) {
        return -1;
    }
    VipsImage *decoded = vips_image_copy_memory(image);
    g_object_unref(image);
    *large = decoded == NULL ? NULL : without_metadata(decoded);
    g_clear_object(&decoded);
    return *large == NULL ? -1 : 0;
}

static int make(const void *bytes, size_t length, bool has_profile, struct decoded *decoded)
{
    VipsImage *large = NULL, *small = NULL;
    int result = shrink(bytes, length, has_profile, &large);
    if (result == 0) {
        result = vips_thumbnail_image(large, &small, IMAGE_SMALL_PIXELS, "height", IMAGE_SMALL_PIXELS, "size",
                                      VIPS_SIZE_DOWN, "no_rotate", TRUE, NULL);
    }
    if (result == 0) {
        result = save(large, QUALITY_LARGE, &decoded->large, &decoded->large_length);
    }
    if (result == 0) {
        result = save(small, QUALITY_SMALL, &decoded->small, &decoded->small_length);
    }
    g_clear_object(&small);
    g_clear_object(&large);
    return result;
}

static enum thumbnail_exit failed(char *words, size_t size)
{
    snprintf(words, size, "%s", vips_error_buffer());
    vips_error_clear();
    /* libheif has limits of its own. */
    return strstr(words, "out of memory") != NULL             ? THUMBNAIL_NO_MEMORY
           : strstr(words, "Security limit exceeded") != NULL ? THUMBNAIL_TOO_LARGE
                                                              : THUMBNAIL_UNREADABLE;
}

enum thumbnail_exit decode(const void *bytes, size_t length, struct decoded *decoded, char *words,
                           size_t words_size)
{
    *decoded = (struct decoded){0};
    *words = '\0';
    const struct image_head head = image_head_read(bytes, length);
    if (!image_size_is_allowed(head.width, head.height)) {
        return THUMBNAIL_TOO_LARGE;
    }
    if (head.is_cut) {
        return THUMBNAIL_UNREADABLE;
    }
    bool has_profile = false;
    const enum thumbnail_exit found = look(bytes, length, head.format, &has_profile);
    if (found != THUMBNAIL_MADE) {
        return found == THUMBNAIL_UNREADABLE ? failed(words, words_size) : found;
    }
    if (make(bytes, length, has_profile, decoded) != 0) {
        decoded_free(decoded);
        return failed(words, words_size);
    }
    return THUMBNAIL_MADE;
}

void decoded_free(struct decoded *decoded)
{
    g_free(decoded->large);
    g_free(decoded->small);
    *decoded = (struct decoded){0};
}
