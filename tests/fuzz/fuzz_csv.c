/* The CSV reader (catalog/csv.h), fed in pieces of every size, and the cells of an import behind it. */
#include "fuzz.h"

#include "catalog/csv.h"
#include "catalog/import_row.h"

#include <string.h>

struct pieces {
    const uint8_t *bytes;
    size_t left, piece;
};

static ssize_t read_piece(void *context, char *buffer, size_t size)
{
    struct pieces *pieces = context;
    size_t length = pieces->left < pieces->piece ? pieces->left : pieces->piece;
    length = length < size ? length : size;
    if (length > 0) {
        memcpy(buffer, pieces->bytes, length);
    }
    pieces->bytes += length;
    pieces->left -= length;
    return (ssize_t)length;
}

struct outcome {
    unsigned rows, bad, last_line;
    size_t bytes;
};

/* Every field ends in NUL and lies in the buffer; lines go up. */
static void check_row(const struct csv_row *row, struct outcome *outcome)
{
    FUZZ_CHECK(row->line >= outcome->last_line && row->line >= 1);
    FUZZ_CHECK(row->field_count >= 1 && row->field_count <= CSV_FIELDS_MAX);
    outcome->last_line = row->line;
    for (unsigned i = 0; i < row->field_count; i++) {
        FUZZ_CHECK(row->fields[i].text[row->fields[i].length] == '\0');
        FUZZ_CHECK(strlen(row->fields[i].text) <= row->fields[i].length);
        outcome->bytes += row->fields[i].length;
    }
}

static struct outcome read_all(const uint8_t *bytes, size_t size, size_t piece)
{
    struct pieces pieces = {.bytes = bytes, .left = size, .piece = piece};
    struct csv_reader reader;
    struct csv_row row;
    struct outcome outcome = {0};
    enum csv_result result;
    FUZZ_CHECK(csv_open(&reader, read_piece, &pieces));
    while ((result = csv_next(&reader, &row)) == CSV_ROW || result == CSV_BAD_ROW) {
        if (result == CSV_ROW) {
            check_row(&row, &outcome);
            outcome.rows++;
        } else {
            FUZZ_CHECK(row.fault != NULL && row.line >= outcome.last_line);
            outcome.last_line = row.line;
            outcome.bad++;
        }
        FUZZ_CHECK(outcome.rows + outcome.bad <= size + 1);
    }
    FUZZ_CHECK(result == CSV_END);
    csv_close(&reader);
    return outcome;
}

/* As an import: a header, then rows. What is accepted is within the limits of a product. */
static void import_all(const uint8_t *bytes, size_t size)
{
    struct pieces pieces = {.bytes = bytes, .left = size, .piece = size};
    struct csv_reader reader;
    struct csv_row row;
    struct import_header header;
    struct import_row product;
    static struct import_report report;
    struct arena arena;
    struct detail detail;
    const struct id id = {{0}};
    arena_init(&arena);
    detail_init(&detail, &arena);
    import_report_init(&report, &id, true);
    FUZZ_CHECK(csv_open(&reader, read_piece, &pieces));
    if (csv_next(&reader, &row) == CSV_ROW && import_header_read(&row, &detail, &header) == STATUS_OK) {
        enum csv_result result;
        while ((result = csv_next(&reader, &row)) == CSV_ROW || result == CSV_BAD_ROW) {
            const int64_t errors = report.errors_total;
            if (result == CSV_ROW && import_row_read(&header, 2, &row, &report, &product)) {
                FUZZ_CHECK(report.errors_total == errors);
                FUZZ_CHECK(product.cells[IMPORT_SKU].length > 0);
                FUZZ_CHECK(product.price_minor >= 0 && product.price_minor <= PRODUCT_AMOUNT_MAX);
                FUZZ_CHECK(product.barcodes.count <= PRODUCT_BARCODES_MAX);
            } else if (result == CSV_ROW) {
                FUZZ_CHECK(report.errors_total > errors);
            }
        }
        struct text out = arena_text(&arena, 4096);
        struct json_writer json = json_writer(&out);
        report.status = IMPORT_COMPLETED;
        import_report_emit(&report, &json);
    }
    csv_close(&reader);
    import_report_free(&report);
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const struct outcome whole = read_all(bytes, size, size > 0 ? size : 1);
    const struct outcome pieces = read_all(bytes, size, 7);
    FUZZ_CHECK(whole.rows == pieces.rows && whole.bad == pieces.bad && whole.bytes == pieces.bytes);
    import_all(bytes, size);
    return 0;
}
