#include "core/receipt/escpos.h"

#include "core/receipt/columns.h"

#include <string.h>

#define ESC "\x1b"
#define GS  "\x1d"
#define LF  '\n'

/* A command without a NUL byte in it. */
#define COMMAND(printer, bytes) text_add((printer)->out, bytes, sizeof(bytes) - 1)

#define MODULE_DOTS        2 /* of a bar code: the least that all printers know */
#define BARCODE_HEIGHT     64
#define BARCODE_QUIET      20 /* modules without a bar, at both ends together */
#define BARCODE_LENGTH_MAX 64
#define QR_MODULE_DOTS     "\x05"

#define FULL_WIDTH_FIRST 0xff01 /* the ASCII characters once more, as wide as ideographs */
#define FULL_WIDTH_LAST  0xff5e

struct escpos escpos_begin(struct text *out)
{
    struct escpos printer = {.out = out, .page = &code_pages[0]};
    COMMAND(&printer, ESC "@");
    COMMAND(&printer, ESC "R\0"); /* the USA's set: ASCII is ASCII */
    COMMAND(&printer, ESC "t");
    text_add_char(out, (char)printer.page->number);
    return printer;
}

void escpos_open_drawer(struct escpos *printer)
{
    COMMAND(printer, ESC "p\0\x19\xfa"); /* 50 ms on, 500 ms off */
}

/* --- text --- */

static bool put_byte(struct escpos *printer, const struct code_page *page, uint32_t character)
{
    const uint8_t byte = code_page_byte(page, character);
    if (byte == 0) {
        return false;
    }
    if (printer->page != page) {
        COMMAND(printer, ESC "t");
        text_add_char(printer->out, (char)page->number);
        printer->page = page;
    }
    text_add_char(printer->out, (char)byte);
    return true;
}

/* Puts a character that some page has. */
static bool put_known(struct escpos *printer, uint32_t character)
{
    if (put_byte(printer, printer->page, character)) {
        return true;
    }
    for (size_t i = 0; i < CODE_PAGES; i++) {
        if (put_byte(printer, &code_pages[i], character)) {
            return true;
        }
    }
    return false;
}

static bool is_pictograph(uint32_t character)
{
    return (character >= 0x2300 && character < 0x2c00) || character >= 0x1f000;
}

/* A wide character: two columns. */
static void put_wide(struct escpos *printer, uint32_t character)
{
    if (character >= FULL_WIDTH_FIRST && character <= FULL_WIDTH_LAST) {
        (void)put_known(printer, character - FULL_WIDTH_FIRST + '!');
        text_add_char(printer->out, ' ');
    } else {
        text_add_string(printer->out, is_pictograph(character) ? "  " : "??");
    }
}

static void put_character(struct escpos *printer, uint32_t character, size_t columns)
{
    if (columns == 2) {
        put_wide(printer, character);
        return;
    }
    if (character < ' ' || character == 0x7f) {
        character = ' ';
    }
    const bool is_picture = is_pictograph(character);
    while (character != 0 && !put_known(printer, character)) {
        character = code_page_plainer(character);
    }
    if (character == 0) {
        text_add_char(printer->out, is_picture ? ' ' : '?');
    }
}

static void put_held(struct escpos *printer)
{
    if (printer->held != 0) {
        put_character(printer, printer->held, printer->held_columns);
        printer->held = 0;
    }
}

/* A mark joins the character before it where the two have a character together; else it is dropped: a printer
 * has none that stand on others. */
static void join(struct escpos *printer, uint32_t mark)
{
    const uint32_t composed = code_page_compose(printer->held, mark);
    if (composed != 0) {
        printer->held = composed;
    }
}

void escpos_text(struct escpos *printer, const char *text, size_t length)
{
    for (size_t at = 0; at < length;) {
        const struct columns_character character = columns_first(text + at, length - at);
        at += character.bytes;
        if (character.columns == 0) {
            join(printer, character.code);
        } else {
            put_held(printer);
            printer->held = character.code != 0 ? character.code : ' ';
            printer->held_columns = character.columns;
        }
    }
}

void escpos_end_line(struct escpos *printer)
{
    put_held(printer);
    text_add_char(printer->out, LF);
}

void escpos_style(struct escpos *printer, enum receipt_style style)
{
    static const char sizes[] = {
        [RECEIPT_STYLE_PLAIN] = 0x00,
        [RECEIPT_STYLE_STRONG] = 0x00,
        [RECEIPT_STYLE_TALL] = 0x01,  /* bits 0–2: height */
        [RECEIPT_STYLE_LARGE] = 0x11, /* bits 4–6: width */
    };
    put_held(printer);
    if (printer->style == style) {
        return;
    }
    if ((printer->style == RECEIPT_STYLE_PLAIN) != (style == RECEIPT_STYLE_PLAIN)) {
        COMMAND(printer, ESC "E");
        text_add_char(printer->out, style != RECEIPT_STYLE_PLAIN);
    }
    if (sizes[printer->style] != sizes[style]) {
        COMMAND(printer, GS "!");
        text_add_char(printer->out, sizes[style]);
    }
    printer->style = style;
}

/* --- what is drawn --- */

static void centre(struct escpos *printer, bool centred)
{
    COMMAND(printer, ESC "a");
    text_add_char(printer->out, centred);
}

static void add_low_high(struct escpos *printer, size_t number)
{
    text_add_char(printer->out, (char)(number & 0xff));
    text_add_char(printer->out, (char)(number >> 8 & 0xff));
}

static size_t digits_at(const char *text)
{
    size_t count = 0;
    while (text[count] >= '0' && text[count] <= '9') {
        count++;
    }
    return count;
}

/* Lays CODE128 out: code set B, and C for four digits and more, which takes half the room. A brace stands
 * doubled, for it begins a code set. Returns the symbols that it takes; 0 when there is no code of it. */
static size_t lay_out_code128(const char *text, struct text *data)
{
    size_t symbols = 0;
    bool is_pairs = false;
    for (const char *at = text; *at != '\0';) {
        const size_t digits = digits_at(at);
        const bool wants_pairs = is_pairs ? digits >= 2 : digits >= 4 && digits % 2 == 0;
        if (symbols == 0 || wants_pairs != is_pairs) {
            text_add_string(data, wants_pairs ? "{C" : "{B");
            is_pairs = wants_pairs;
            symbols++;
        }
        if (is_pairs) {
            text_add_char(data, (char)((at[0] - '0') * 10 + at[1] - '0'));
            at += 2;
        } else if (*at < ' ' || *at > '~') {
            return 0;
        } else {
            text_add_string(data, *at == '{' ? "{" : "");
            text_add_char(data, *at);
            at++;
        }
        symbols++;
    }
    return data->overflowed ? 0 : symbols;
}

void escpos_barcode(struct escpos *printer, const char *text, unsigned columns)
{
    char buffer[2 * BARCODE_LENGTH_MAX];
    struct text data = text_over(buffer, sizeof buffer);
    const size_t symbols = lay_out_code128(text, &data);
    /* 11 modules a symbol, a check symbol, and 13 of the stop pattern. */
    const size_t modules = symbols * 11 + 11 + 13 + BARCODE_QUIET;
    if (symbols == 0 || modules * MODULE_DOTS > (size_t)columns * ESCPOS_COLUMN_DOTS) {
        return;
    }
    put_held(printer);
    centre(printer, true);
    COMMAND(printer, GS "h");
    text_add_char(printer->out, BARCODE_HEIGHT);
    COMMAND(printer, GS "w");
    text_add_char(printer->out, MODULE_DOTS);
    COMMAND(printer, GS "H\x02" GS "f\0"); /* the text below, in font A */
    COMMAND(printer, GS "kI");             /* I: CODE128 with its length */
    text_add_char(printer->out, (char)data.length);
    text_add(printer->out, data.data, data.length);
    centre(printer, false);
}

void escpos_qr(struct escpos *printer, const char *text)
{
    const size_t length = strlen(text);
    if (length == 0 || length > ESCPOS_QR_MAX) {
        return;
    }
    put_held(printer);
    centre(printer, true);
    COMMAND(printer, GS "(k\x04\0\x31\x41\x32\0");          /* function 165: model 2 */
    COMMAND(printer, GS "(k\x03\0\x31\x43" QR_MODULE_DOTS); /* 167: dots a module */
    COMMAND(printer, GS "(k\x03\0\x31\x45\x31");            /* 169: error correction M */
    COMMAND(printer, GS "(k");                              /* 180: the data */
    add_low_high(printer, length + 3);
    COMMAND(printer, "\x31\x50\x30");
    text_add(printer->out, text, length);
    COMMAND(printer, GS "(k\x03\0\x31\x51\x30"); /* 181: print */
    centre(printer, false);
}

void escpos_bitmap(struct escpos *printer, const struct receipt_bitmap *bitmap, unsigned columns)
{
    const size_t row = ((size_t)bitmap->width + 7) / 8;
    if (bitmap->bits == NULL || bitmap->width == 0 || bitmap->height == 0 || bitmap->height > 0xffff ||
        bitmap->width > columns * ESCPOS_COLUMN_DOTS) {
        return;
    }
    put_held(printer);
    centre(printer, true);
    COMMAND(printer, GS "v0\0");
    add_low_high(printer, row);
    add_low_high(printer, bitmap->height);
    text_add(printer->out, (const char *)bitmap->bits, row * bitmap->height);
    centre(printer, false);
}

void escpos_cut(struct escpos *printer)
{
    put_held(printer);
    COMMAND(printer, GS "VB\0"); /* function B: as far as the knife, and cut */
}
