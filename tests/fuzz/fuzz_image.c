/*
 * Uploaded pictures: the head of any bytes is read without harm, and what the decoder makes of them are two
 * pictures of the sizes that were promised.
 */
#include "core/image_name.h"
#include "images/image_head.h"
#include "images/thumbnailer/decode.h"

#include "fuzz.h"

#include <stdbool.h>

#define PIXELS_MAX (1 << 20) /* larger ones take the fuzzer's time, and nothing else */

static void check(const void *bytes, size_t length, uint32_t pixels)
{
    const struct image_head head = image_head_read(bytes, length);
    FUZZ_CHECK(length <= THUMBNAIL_BYTES_MAX && head.format == IMAGE_WEBP);
    FUZZ_CHECK(head.width > 0 && head.width <= pixels && head.height > 0 && head.height <= pixels);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static bool started;
    if (!started) {
        FUZZ_CHECK(decode_start());
        started = true;
    }
    const struct image_head head = image_head_read(bytes, size);
    struct decoded decoded;
    char words[256];
    FUZZ_CHECK(head.name != NULL);
    if (head.format == IMAGE_UNKNOWN || (uint64_t)head.width * head.height > PIXELS_MAX ||
        decode(bytes, size, &decoded, words, sizeof words) != THUMBNAIL_MADE) {
        return 0;
    }
    check(decoded.large, decoded.large_length, IMAGE_LARGE_PIXELS);
    check(decoded.small, decoded.small_length, IMAGE_SMALL_PIXELS);
    decoded_free(&decoded);
    return 0;
}
