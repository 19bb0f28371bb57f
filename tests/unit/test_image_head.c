/* The names of pictures, and what a file says that it is. */
#include "core/image_name.h"
#include "images/image_head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEAD(literal) image_head_read(literal, sizeof(literal) - 1)

static void assert_size(struct image_head head, enum image_format format, uint32_t width, uint32_t height)
{
    assert_int_equal(head.format, format);
    assert_int_equal(head.width, width);
    assert_int_equal(head.height, height);
}

static void sizes_are_read_of_every_kind_of_head(void **state)
{
    (void)state;
    assert_size(HEAD("\xff\xd8\xff\xe0\0\4ab\xff\xff\xc0\0\x11\x08\2\1\1\3\3"), IMAGE_JPEG, 0x103, 0x201);
    assert_size(HEAD("\xff\xd8\xff\xc4\0\4ab\xff\xc2\0\x11\x08\0\1\0\2\3"), IMAGE_JPEG, 2, 1);
    assert_size(HEAD("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\2\0\0\3\4"), IMAGE_PNG, 0x102, 0x304);
    assert_size(HEAD("RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\1\x42\2\0__"), IMAGE_WEBP, 0x201, 2);
    assert_size(HEAD("RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x3b\xc0\x09\0_____"), IMAGE_WEBP, 60, 40);
    assert_size(HEAD("RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x3b\0\0\x27\0\0"), IMAGE_WEBP, 60, 40);
    assert_size(HEAD("\0\0\0\x1c"
                     "ftypavif\0\0\0\0avifmif1miaf"),
                IMAGE_AVIF, 0, 0);
    assert_size(HEAD("\0\0\0\x1c"
                     "ftypmif1\0\0\0\0mif1avifmiaf"),
                IMAGE_AVIF, 0, 0);
}

static void a_head_that_ends_early_has_no_size(void **state)
{
    (void)state;
    static const char jpeg[] = "\xff\xd8\xff\xe0\0\4ab\xff\xc0\0\x11\x08\2\1\1\3";
    static const char png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\2\0\0\3\4";
    static const char webp[] = "RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x3b\0\0\x27\0\0";
    for (size_t length = 3; length < sizeof jpeg - 1; length++) {
        assert_size(image_head_read(jpeg, length), IMAGE_JPEG, 0, 0);
    }
    for (size_t length = 8; length < sizeof png - 1; length++) {
        assert_size(image_head_read(png, length), IMAGE_PNG, 0, 0);
    }
    for (size_t length = 12; length < sizeof webp - 1; length++) {
        assert_size(image_head_read(webp, length), IMAGE_WEBP, 0, 0);
    }
}

static void a_chunk_that_is_longer_than_its_file_is_cut_off(void **state)
{
    (void)state;
    static const char whole[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\2\0\0\3\4_____CRC_\0\0\0\2aBcDxyCRC_";
    assert_false(HEAD(whole).is_cut);
    assert_true(image_head_read(whole, sizeof whole - 2).is_cut);
    assert_true(HEAD("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\2\0\0\3\4_____CRC_\x7f\0\0\2aBcDxyCRC_").is_cut);
}

static void a_size_after_the_pixels_began_is_none(void **state)
{
    (void)state;
    assert_size(HEAD("\xff\xd8\xff\xda\0\4ab\xff\xc0\0\x11\x08\2\1\1\3\3"), IMAGE_JPEG, 0, 0);
    assert_size(HEAD("\xff\xd8\xff\xe0\0\1ab\xff\xc0\0\x11\x08\2\1\1\3\3"), IMAGE_JPEG, 0, 0);
}

static void other_files_are_named(void **state)
{
    (void)state;
    assert_string_equal(HEAD("").name, "an empty file");
    assert_string_equal(HEAD("GIF89a").name, "a GIF");
    assert_string_equal(HEAD("\0\0\0\x18"
                             "ftypheic\0\0\0\0mif1heic")
                            .name,
                        "a HEIC");
    assert_string_equal(HEAD("\0\0\0\x14"
                             "ftypisom\0\0\0\0isom")
                            .name,
                        "a video");
    assert_string_equal(HEAD("%PDF-1.7").name, "a PDF");
    assert_string_equal(HEAD("<svg>").name, "an SVG");
    assert_string_equal(HEAD("hello").name, "no picture that is known");
    assert_int_equal(HEAD("RIFF\0\0\0\0WAVEfmt ").format, IMAGE_UNKNOWN);
}

static void a_size_is_judged_without_overflow(void **state)
{
    (void)state;
    assert_true(image_size_is_allowed(8160, 6120));
    assert_true(image_size_is_allowed(IMAGE_PIXELS_MAX, 1));
    assert_false(image_size_is_allowed(IMAGE_PIXELS_MAX, 2));
    assert_false(image_size_is_allowed(65536, 65536));
    assert_false(image_size_is_allowed(UINT32_MAX, UINT32_MAX));
}

static void names_are_made_and_told(void **state)
{
    (void)state;
    char name[IMAGE_NAME_SIZE], small[IMAGE_NAME_SIZE];
    image_name_make("20261122", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", name);
    assert_string_equal(name, "20261122-9f86d081884c7d659a2feaa0c55ad015-960.webp");
    assert_true(image_name_is_made(name, strlen(name)));
    image_name_small(name, small);
    assert_string_equal(small, "20261122-9f86d081884c7d659a2feaa0c55ad015-320.webp");
    assert_false(image_name_is_made(small, strlen(small)));
    assert_false(image_name_is_made(name, strlen(name) - 1));
    assert_false(image_name_is_made("earl-grey.webp", 14));
    name[0] = 'a'; /* no digit */
    assert_false(image_name_is_made(name, strlen(name)));
    name[0] = '2';
    name[12] = 'F';
    assert_false(image_name_is_made(name, strlen(name)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_read_of_every_kind_of_head),
        cmocka_unit_test(a_head_that_ends_early_has_no_size),
        cmocka_unit_test(a_chunk_that_is_longer_than_its_file_is_cut_off),
        cmocka_unit_test(a_size_after_the_pixels_began_is_none),
        cmocka_unit_test(other_files_are_named),
        cmocka_unit_test(a_size_is_judged_without_overflow),
        cmocka_unit_test(names_are_made_and_told),
    };
    return cmocka_run_group_tests_name("image_head", tests, NULL, NULL);
}
