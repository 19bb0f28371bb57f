/* The CSV reader (catalog/csv.h): RFC 4180, lines, and going on after a bad row. */
#include "catalog/csv.h"
#include "catalog/csv_source.h"

#include "unit.h"

#include <unistd.h>

struct input {
    const char *bytes;
    size_t left, piece;
};

static ssize_t read_input(void *context, char *buffer, size_t size)
{
    struct input *input = context;
    size_t length = input->left < input->piece ? input->left : input->piece;
    length = length < size ? length : size;
    memcpy(buffer, input->bytes, length);
    input->bytes += length;
    input->left -= length;
    return (ssize_t)length;
}

/* Renders what is read: "line:field|field;" a row, "line!fault;" a bad one. */
static void read_all_n(const char *bytes, size_t length, size_t piece, char *out, size_t size)
{
    struct input input = {.bytes = bytes, .left = length, .piece = piece};
    struct csv_reader reader;
    struct csv_row row;
    enum csv_result result;
    size_t at = 0;
    assert_true(csv_open(&reader, read_input, &input));
    out[0] = '\0';
    while ((result = csv_next(&reader, &row)) != CSV_END) {
        assert_int_not_equal(result, CSV_FAILED);
        at += (size_t)snprintf(out + at, size - at, result == CSV_ROW ? "%u:" : "%u!%s;", row.line,
                               row.fault);
        for (unsigned i = 0; result == CSV_ROW && i < row.field_count; i++) {
            at += (size_t)snprintf(out + at, size - at, "%s%c", row.fields[i].text,
                                   i + 1 < row.field_count ? '|' : ';');
        }
    }
    csv_close(&reader);
}

static const char *read_all(const char *bytes)
{
    static char whole[4096], pieces[4096];
    read_all_n(bytes, strlen(bytes), strlen(bytes) + 1, whole, sizeof whole);
    read_all_n(bytes, strlen(bytes), 1, pieces, sizeof pieces);
    assert_string_equal(whole, pieces);
    return whole;
}

static void reads_rows_as_rfc_4180_says(void **state)
{
    (void)state;
    assert_string_equal(read_all("a,b\r\n1,2\r\n"), "1:a|b;2:1|2;");
    assert_string_equal(read_all("a,b\n\"1,\"\"x\"\"\",\"two\nlines\"\n3,4"),
                        "1:a|b;2:1,\"x\"|two\nlines;4:3|4;");
    assert_string_equal(read_all("a,,\n\"\",x,"), "1:a||;2:|x|;");
    assert_string_equal(read_all("a\n\n\r\nb\n"), "1:a;4:b;");
    assert_string_equal(read_all("5\" pipe,x\n"), "1:5\" pipe|x;");
    assert_string_equal(read_all(""), "");
    assert_string_equal(read_all("\"\"\n"), "1:;");
}

static void skips_a_byte_order_mark_and_finds_the_delimiter(void **state)
{
    (void)state;
    assert_string_equal(read_all("\xef\xbb\xbfsku,name\nA,b;c\n"), "1:sku|name;2:A|b;c;");
    assert_string_equal(read_all("sku;name\nA;1,5\n"), "1:sku|name;2:A|1,5;");
    assert_string_equal(read_all("sku\tname\nA\tb\n"), "1:sku|name;2:A|b;");
}

static void a_bad_row_costs_one_line(void **state)
{
    (void)state;
    assert_string_equal(read_all("a\n\"x\"y,1\nb\n"), "1:a;2!quote;3:b;");
    assert_string_equal(read_all("a\n\"open,1\nb\nc\n"), "1:a;2!quote_not_closed;3:b;4:c;");
    assert_string_equal(read_all("a\n\"two\nlines\"y\nb\n"), "1:a;2!quote;4:b;");
}

static void a_row_that_is_too_long_is_left_out(void **state)
{
    (void)state;
    char *bytes = malloc(3 * CSV_ROW_MAX);
    static char out[256];
    size_t length = (size_t)sprintf(bytes, "a\n\"");
    memset(bytes + length, 'x', 2 * CSV_ROW_MAX);
    length += 2 * CSV_ROW_MAX;
    length += (size_t)sprintf(bytes + length, "\"\nb\n");
    read_all_n(bytes, length, length, out, sizeof out);
    assert_string_equal(out, "1:a;2!row_too_long;3:b;");
    free(bytes);
}

static void too_many_fields_are_no_row(void **state)
{
    (void)state;
    char bytes[2 * CSV_FIELDS_MAX + 16] = "a\n";
    memset(bytes + 2, ',', CSV_FIELDS_MAX);
    strcpy(bytes + 2 + CSV_FIELDS_MAX, "\nb\n");
    assert_string_equal(read_all(bytes), "1:a;2!too_many_fields;3:b;");
}

/* --- the source: plain and gzip ------------------------------------------------------------------ */

static int file_of(const void *bytes, size_t length)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fflush(file), 0);
    const int fd = dup(fileno(file));
    fclose(file);
    return fd;
}

static size_t gzip(const void *bytes, size_t length, unsigned char *out, size_t size)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (void *)(uintptr_t)bytes;
    stream.avail_in = (unsigned)length;
    stream.next_out = out;
    stream.avail_out = (unsigned)size;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    const size_t compressed = size - stream.avail_out;
    deflateEnd(&stream);
    return compressed;
}

static ssize_t read_source(int fd, bool must_be_gzip, char *out, size_t size, const char **fault)
{
    struct csv_source *source = malloc(sizeof *source);
    size_t length = 0;
    ssize_t count;
    csv_source_open(source, fd, must_be_gzip);
    while ((count = csv_source_read(source, out + length, size - length)) > 0) {
        length += (size_t)count;
    }
    *fault = source->fault;
    csv_source_close(source);
    free(source);
    close(fd);
    return count < 0 ? count : (ssize_t)length;
}

static void gzip_is_told_by_its_first_bytes(void **state)
{
    (void)state;
    unsigned char packed[256];
    char out[256];
    const char *fault;
    size_t length = gzip("sku\nA\n", 6, packed, sizeof packed);
    length += gzip("B\n", 2, packed + length, sizeof packed - length); /* a second member */
    assert_int_equal(read_source(file_of(packed, length), false, out, sizeof out, &fault), 8);
    assert_memory_equal(out, "sku\nA\nB\n", 8);
    assert_int_equal(read_source(file_of("sku\n", 4), false, out, sizeof out, &fault), 4);
}

static void damaged_gzip_is_refused(void **state)
{
    (void)state;
    unsigned char packed[256];
    char out[256];
    const char *fault;
    const size_t length = gzip("sku,name\nA,b\n", 13, packed, sizeof packed);
    assert_int_equal(read_source(file_of(packed, length - 5), false, out, sizeof out, &fault), -1);
    assert_string_equal(fault, "gzip_damaged");
    packed[length - 6] ^= 1; /* the checksum */
    assert_int_equal(read_source(file_of(packed, length), false, out, sizeof out, &fault), -1);
    assert_int_equal(read_source(file_of("sku\n", 4), true, out, sizeof out, &fault), -1);
    assert_string_equal(fault, "gzip_damaged");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_rows_as_rfc_4180_says),
        cmocka_unit_test(skips_a_byte_order_mark_and_finds_the_delimiter),
        cmocka_unit_test(a_bad_row_costs_one_line),
        cmocka_unit_test(a_row_that_is_too_long_is_left_out),
        cmocka_unit_test(too_many_fields_are_no_row),
        cmocka_unit_test(gzip_is_told_by_its_first_bytes),
        cmocka_unit_test(damaged_gzip_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
