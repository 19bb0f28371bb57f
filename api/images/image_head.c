#include "images/image_head.h"

#include <string.h>

#define BRANDS_MAX 16 /* of a file of boxes that are looked at */

static uint32_t big16(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

static uint32_t big32(const uint8_t *at)
{
    return big16(at) << 16 | big16(at + 2);
}

static uint32_t little16(const uint8_t *at)
{
    return (uint32_t)at[1] << 8 | at[0];
}

static uint32_t little24(const uint8_t *at)
{
    return (uint32_t)at[2] << 16 | little16(at);
}

/* --- sizes ------------------------------------------------------------------------------------------- */

/* Walks from segment to segment to the frame header (SOF), which has the size. */
static void read_jpeg(const uint8_t *bytes, size_t length, struct image_head *head)
{
    enum {
        STANDALONE_FIRST = 0xd0,
        STANDALONE_LAST = 0xd9,
        SOS = 0xda,
        SOF_FIRST = 0xc0,
        SOF_LAST = 0xcf
    };
    size_t at = 2;
    while (at + 4 <= length && bytes[at] == 0xff) {
        const uint8_t marker = bytes[at + 1];
        if (marker == 0xff) { /* a fill byte */
            at++;
            continue;
        }
        if (marker == 0x01 || (marker >= STANDALONE_FIRST && marker <= STANDALONE_LAST)) {
            at += 2;
            continue;
        }
        const size_t segment = big16(bytes + at + 2);
        /* C4, C8 and CC are tables among the numbers of the frames. */
        const bool is_frame = marker >= SOF_FIRST && marker <= SOF_LAST && marker != 0xc4 && marker != 0xc8 &&
                              marker != 0xcc;
        if (is_frame && at + 9 <= length) {
            head->height = big16(bytes + at + 5);
            head->width = big16(bytes + at + 7);
        }
        if (is_frame || marker == SOS || segment < 2) {
            return;
        }
        at += 2 + segment;
    }
}

static void read_png(const uint8_t *bytes, size_t length, struct image_head *head)
{
    if (length >= 24 && memcmp(bytes + 12, "IHDR", 4) == 0) {
        head->width = big32(bytes + 16);
        head->height = big32(bytes + 20);
    }
    /* libpng takes the memory for a chunk before it sees that the file has no such chunk. */
    for (size_t at = 8; at + 12 <= length; at += 12 + (size_t)big32(bytes + at)) {
        if (big32(bytes + at) > length - at - 12) {
            head->is_cut = true;
            return;
        }
    }
}

static void read_webp(const uint8_t *bytes, size_t length, struct image_head *head)
{
    if (length < 30) {
        return;
    }
    const uint8_t *data = bytes + 20; /* of the first chunk */
    if (memcmp(bytes + 12, "VP8X", 4) == 0) {
        head->width = little24(data + 4) + 1;
        head->height = little24(data + 7) + 1;
    } else if (memcmp(bytes + 12, "VP8L", 4) == 0 && data[0] == 0x2f) {
        const uint32_t bits = little16(data + 1) | little16(data + 3) << 16;
        head->width = (bits & 0x3fff) + 1;
        head->height = (bits >> 14 & 0x3fff) + 1;
    } else if (memcmp(bytes + 12, "VP8 ", 4) == 0 && memcmp(data + 3, "\x9d\x01\x2a", 3) == 0) {
        head->width = little16(data + 6) & 0x3fff;
        head->height = little16(data + 8) & 0x3fff;
    }
}

/* --- kinds ------------------------------------------------------------------------------------------- */

/* A file of boxes (ISO/IEC 14496-12) begins with the brands that it keeps to. */
static bool has_brand(const uint8_t *bytes, size_t length, const char *brand)
{
    size_t end = big32(bytes);
    end = end < length ? end : length;
    end = end < 8 + 4 * BRANDS_MAX ? end : 8 + 4 * BRANDS_MAX;
    for (size_t at = 8; at + 4 <= end; at += 4) {
        if (at != 12 && memcmp(bytes + at, brand, 4) == 0) { /* at 12 is a version number */
            return true;
        }
    }
    return false;
}

static const char *name_boxes(const uint8_t *bytes, size_t length)
{
    static const struct {
        const char *brand, *name;
    } brands[] = {{"heic", "a HEIC"}, {"heix", "a HEIC"}, {"mif1", "a HEIF"}, {"crx ", "a raw photo"}};
    for (size_t i = 0; i < sizeof brands / sizeof *brands; i++) {
        if (has_brand(bytes, length, brands[i].brand)) {
            return brands[i].name;
        }
    }
    return "a video";
}

/* Files that people take for pictures, or that are, but of a kind that is not taken. */
static const char *name_other(const uint8_t *bytes, size_t length)
{
    static const struct {
        const char *begin;
        size_t length;
        const char *name;
    } kinds[] = {
        {"GIF8", 4, "a GIF"},
        {"BM", 2, "a BMP"},
        {"II*\0", 4, "a TIFF"},
        {"MM\0*", 4, "a TIFF"},
        {"\0\0\1\0", 4, "an icon"},
        {"\xff\x0a", 2, "a JPEG XL"},
        {"\0\0\0\x0cJXL ", 8, "a JPEG XL"},
        {"\0\0\0\x0cjP  ", 8, "a JPEG 2000"},
        {"8BPS", 4, "a Photoshop file"},
        {"%PDF", 4, "a PDF"},
        {"PK\3\4", 4, "a ZIP archive"},
        {"\x1f\x8b", 2, "a gzip archive"},
        {"<svg", 4, "an SVG"},
        {"<?xml", 5, "an XML document, perhaps an SVG"},
        {"<", 1, "an HTML page"},
        {"{", 1, "a JSON text"},
    };
    if (length == 0) {
        return "an empty file";
    }
    if (length >= 12 && memcmp(bytes + 4, "ftyp", 4) == 0) {
        return name_boxes(bytes, length);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (length >= kinds[i].length && memcmp(bytes, kinds[i].begin, kinds[i].length) == 0) {
            return kinds[i].name;
        }
    }
    return "no picture that is known";
}

struct image_head image_head_read(const void *file, size_t length)
{
    const uint8_t *bytes = file;
    struct image_head head = {0};
    if (length >= 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0) {
        head = (struct image_head){.format = IMAGE_JPEG, .name = "a JPEG"};
        read_jpeg(bytes, length, &head);
    } else if (length >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0) {
        head = (struct image_head){.format = IMAGE_PNG, .name = "a PNG"};
        read_png(bytes, length, &head);
    } else if (length >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0) {
        head = (struct image_head){.format = IMAGE_WEBP, .name = "a WebP"};
        read_webp(bytes, length, &head);
    } else if (length >= 16 && memcmp(bytes + 4, "ftyp", 4) == 0 &&
               (has_brand(bytes, length, "avif") || has_brand(bytes, length, "avis"))) {
        head = (struct image_head){.format = IMAGE_AVIF, .name = "an AVIF"};
    } else {
        head.name = name_other(bytes, length);
    }
    return head;
}

bool image_size_is_allowed(uint32_t width, uint32_t height)
{
    return (uint64_t)width * height <= IMAGE_PIXELS_MAX;
}
