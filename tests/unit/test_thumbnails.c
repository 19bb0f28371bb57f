/* Decoding uploaded pictures. The files are those of the fuzz target. */
#include "base/arena.h"
#include "core/image_name.h"
#include "images/image_head.h"
#include "images/thumbnailer/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <vips/vips.h>

#define FILE_MAX  (1 << 20)
#define WORDS_MAX 1024

static char file[FILE_MAX];

static size_t read_file(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, MYPOS_FUZZ_CORPUS "/image/%s", name);
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    const size_t length = fread(file, 1, sizeof file, in);
    fclose(in);
    return length;
}

static enum thumbnail_exit decode_file(const char *name, struct decoded *decoded)
{
    char words[WORDS_MAX];
    const size_t length = read_file(name);
    return decode(file, length, decoded, words, sizeof words);
}

static VipsImage *load(const void *bytes, size_t length)
{
    VipsImage *image = NULL;
    assert_int_equal(image_head_read(bytes, length).format, IMAGE_WEBP);
    assert_int_equal(vips_webpload_buffer((void *)(uintptr_t)bytes, length, &image, NULL), 0);
    return image;
}

/* Compares the colour at a point; WebP is not exact. */
static void assert_colour(VipsImage *image, int x, int y, int red, int green, int blue)
{
    double *colour = NULL;
    int bands;
    assert_int_equal(vips_getpoint(image, &colour, &bands, x, y, NULL), 0);
    assert_true(bands >= 3);
    const int wanted[] = {red, green, blue};
    for (int i = 0; i < 3; i++) {
        assert_in_range((int)colour[i] + 256, wanted[i] + 256 - 24, wanted[i] + 256 + 24);
    }
    g_free(colour);
}

static void every_format_is_decoded(void **state)
{
    (void)state;
    static const char *const names[] = {
        "jpeg", "jpeg_progressive", "jpeg_and_zip",  "png",  "png_animated",
        "webp", "webp_lossless",    "webp_animated", "avif", "png_display_p3"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct decoded decoded;
        print_message("%s\n", names[i]);
        assert_int_equal(decode_file(names[i], &decoded), THUMBNAIL_MADE);
        VipsImage *large = load(decoded.large, decoded.large_length);
        assert_int_equal(vips_image_get_width(large), 60);
        assert_int_equal(vips_image_get_height(large), 40);
        assert_colour(large, 10, 20, 0xe0, 0x20, 0x20);
        assert_colour(large, 50, 20, 0x20, 0x20, 0xe0);
        g_object_unref(large);
        decoded_free(&decoded);
    }
}

static void a_photo_is_turned_upright_and_tells_nothing(void **state)
{
    (void)state;
    struct decoded decoded;
    assert_non_null(memmem(file, read_file("jpeg_oriented"), "Secret Camera", 13));
    assert_int_equal(decode_file("jpeg_oriented", &decoded), THUMBNAIL_MADE);
    VipsImage *large = load(decoded.large, decoded.large_length);
    assert_int_equal(vips_image_get_width(large), 40);
    assert_int_equal(vips_image_get_height(large), 60);
    assert_colour(large, 20, 10, 0xe0, 0x20, 0x20); /* what was left is above */
    assert_colour(large, 20, 50, 0x20, 0x20, 0xe0);
    assert_int_equal(vips_image_get_typeof(large, "exif-ifd0-Make"), 0);
    assert_int_equal(vips_image_get_typeof(large, VIPS_META_XMP_NAME), 0);
    assert_int_equal(vips_image_get_typeof(large, VIPS_META_ICC_NAME), 0);
    assert_null(memmem(decoded.large, decoded.large_length, "Secret", 6));
    assert_null(memmem(decoded.small, decoded.small_length, "Secret", 6));
    g_object_unref(large);
    decoded_free(&decoded);
}

static void what_is_transparent_stays_transparent(void **state)
{
    (void)state;
    struct decoded decoded;
    assert_int_equal(decode_file("png_alpha", &decoded), THUMBNAIL_MADE);
    VipsImage *large = load(decoded.large, decoded.large_length);
    double *colour = NULL;
    int bands;
    assert_int_equal(vips_getpoint(large, &colour, &bands, 50, 20, NULL), 0);
    assert_int_equal(bands, 4);
    assert_in_range((int)colour[3], 0, 8);
    g_free(colour);
    g_object_unref(large);
    decoded_free(&decoded);
}

static void a_large_picture_comes_in_two_sizes(void **state)
{
    (void)state;
    VipsImage *black = NULL;
    void *png = NULL;
    size_t length = 0;
    struct decoded decoded;
    char words[WORDS_MAX];
    assert_int_equal(vips_black(&black, 1500, 3000, "bands", 3, NULL), 0);
    assert_int_equal(vips_pngsave_buffer(black, &png, &length, NULL), 0);
    assert_int_equal(decode(png, length, &decoded, words, sizeof words), THUMBNAIL_MADE);
    VipsImage *large = load(decoded.large, decoded.large_length);
    VipsImage *small = load(decoded.small, decoded.small_length);
    assert_int_equal(vips_image_get_height(large), IMAGE_LARGE_PIXELS);
    assert_int_equal(vips_image_get_width(large), IMAGE_LARGE_PIXELS / 2);
    assert_int_equal(vips_image_get_height(small), IMAGE_SMALL_PIXELS);
    assert_int_equal(vips_image_get_width(small), IMAGE_SMALL_PIXELS / 2);
    g_object_unref(large);
    g_object_unref(small);
    g_object_unref(black);
    decoded_free(&decoded);
    g_free(png);
}

static void damaged_and_cut_files_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"jpeg_cut",       "jpeg_head_only", "jpeg_two_sizes", "png_cut",
                                        "png_huge_chunk", "png_no_pixels",  "webp_cut",       "avif_cut"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct decoded decoded;
        print_message("%s\n", names[i]);
        assert_int_equal(decode_file(names[i], &decoded), THUMBNAIL_UNREADABLE);
        assert_null(decoded.large);
    }
}

static void bombs_are_refused_by_their_size(void **state)
{
    (void)state;
    static const char *const names[] = {"jpeg_bomb", "png_bomb", "png_huge_side", "webp_bomb", "avif_bomb"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct decoded decoded;
        print_message("%s\n", names[i]);
        const size_t before = vips_tracked_get_mem_highwater();
        assert_int_equal(decode_file(names[i], &decoded), THUMBNAIL_TOO_LARGE);
        assert_int_equal(vips_tracked_get_mem_highwater(), before);
    }
}

/* The library could read more kinds of files; it has been told not to. */
static void other_kinds_of_files_reach_no_loader(void **state)
{
    (void)state;
    static const char *const names[] = {"gif", "svg", "heic"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct decoded decoded;
        assert_int_equal(decode_file(names[i], &decoded), THUMBNAIL_UNREADABLE);
        if (strcmp(names[i], "heic") != 0) { /* of the loader that AVIF needs */
            assert_null(vips_image_new_from_buffer(file, read_file(names[i]), "", NULL));
        }
    }
}

static int start(void **state)
{
    (void)state;
    return decode_start() ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    vips_shutdown();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bombs_are_refused_by_their_size),
        cmocka_unit_test(every_format_is_decoded),
        cmocka_unit_test(a_photo_is_turned_upright_and_tells_nothing),
        cmocka_unit_test(what_is_transparent_stays_transparent),
        cmocka_unit_test(a_large_picture_comes_in_two_sizes),
        cmocka_unit_test(damaged_and_cut_files_are_refused),
        cmocka_unit_test(other_kinds_of_files_reach_no_loader),
    };
    return cmocka_run_group_tests_name("thumbnails", tests, start, stop);
}
