/*
 * Receipts as a page: the same rows, as semantic HTML.
 */
#include "core/receipt/receipt.h"

struct page {
    struct text *text; /* borrowed */
    bool is_open;      /* a section is */
    enum receipt_section section;
};

static const char style[] =
    ":root{color-scheme:light}"
    "*{box-sizing:border-box;margin:0}"
    "body{background:#e9e6e1;color:#1d1b19;padding:1.5rem .75rem;"
    "font:15px/1.45 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;"
    "font-variant-numeric:tabular-nums}"
    "main{max-width:23rem;margin:0 auto;filter:drop-shadow(0 1px 1px #0002) drop-shadow(0 8px 20px #0002)}"
    "article{background:#fffdfa;padding:1.75rem 1.5rem 2.25rem;overflow-wrap:anywhere;"
    "-webkit-mask:conic-gradient(from -45deg at bottom,#0000,#000 1deg 89deg,#0000 90deg) 50%/16px 100%;"
    "mask:conic-gradient(from -45deg at bottom,#0000,#000 1deg 89deg,#0000 90deg) 50%/16px 100%}"
    "header,footer{text-align:center}"
    "header p,footer p{white-space:pre-line;color:#5c5751}"
    "h1{font-size:1.35rem;line-height:1.2;letter-spacing:-.01em;margin-bottom:.35rem}"
    ".banner{margin-top:.6rem;padding:.15rem 0;border:1px solid;color:#1d1b19;font-weight:700;"
    "letter-spacing:.08em}"
    "dl,table,footer,.notes{margin-top:.9rem;padding-top:.9rem;border-top:1px dashed #b9b3aa}"
    "dl div{display:flex;justify-content:space-between;gap:1rem}"
    "dt{color:#5c5751}"
    "dd{text-align:right}"
    "table{display:table;width:100%;border-collapse:separate;border-spacing:0}"
    "thead th,tbody th,td{padding:.08rem 0;text-align:left;vertical-align:baseline;font-weight:400}"
    "td{text-align:right;white-space:nowrap;padding-left:.75rem}"
    "td.letters{width:1%;color:#5c5751;font-size:.8rem;padding-left:.4rem}"
    ".lines .item>*{padding-top:.35rem}"
    ".lines .item:first-child>*{padding-top:0}"
    ".item th{font-weight:500}"
    ".detail{color:#5c5751}"
    ".detail th{padding-left:1rem}"
    ".detail td:not(.letters){color:#1d1b19}"
    ".total>*{font-size:1.35rem;font-weight:700;padding-top:.3rem;letter-spacing:-.01em}"
    ".notes{text-align:center}"
    ".taxes{font-size:.85rem}"
    ".taxes thead>tr>*{color:#5c5751}"
    "@page{margin:5mm}"
    "@media print{body{background:none;padding:0;font-size:12px}main{filter:none;max-width:72mm;margin:0}"
    "article{padding:0;-webkit-mask:none;mask:none;background:none}tr{break-inside:avoid}}";

static void add(struct page *page, const char *html)
{
    text_add_string(page->text, html);
}

/* The reference that stands for a character in text and attributes; NULL when it stands for itself. */
static const char *reference(char character)
{
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return (unsigned char)character < ' ' && character != '\n' ? " " : NULL;
    }
}

static void add_escaped(struct page *page, const char *string)
{
    for (; *string != '\0'; string++) {
        const char *escaped = reference(*string);
        if (escaped != NULL) {
            add(page, escaped);
        } else {
            text_add_char(page->text, *string);
        }
    }
}

static void add_element(struct page *page, const char *opening, const char *content, const char *closing)
{
    add(page, opening);
    add_escaped(page, content);
    add(page, closing);
}

static const char *section_opening(enum receipt_section section)
{
    switch (section) {
    case RECEIPT_HEAD:
        return "<header>\n";
    case RECEIPT_FACTS:
        return "<dl>\n";
    case RECEIPT_LINES:
        return "<table class=\"lines\">\n";
    case RECEIPT_TOTALS:
        return "<table class=\"totals\">\n";
    case RECEIPT_TENDERS:
        return "<table class=\"tenders\">\n";
    case RECEIPT_TAXES:
        return "<table class=\"taxes\">\n";
    case RECEIPT_NOTES:
        return "<div class=\"notes\">\n";
    case RECEIPT_FOOT:
        return "<footer>\n";
    case RECEIPT_CODES:
        return "";
    }
    __builtin_unreachable();
}

static void close_section(struct page *page)
{
    if (!page->is_open) {
        return;
    }
    page->is_open = false;
    switch (page->section) {
    case RECEIPT_HEAD:
        add(page, "</header>\n");
        return;
    case RECEIPT_FACTS:
        add(page, "</dl>\n");
        return;
    case RECEIPT_LINES:
    case RECEIPT_TOTALS:
    case RECEIPT_TENDERS:
    case RECEIPT_TAXES:
        add(page, "</table>\n");
        return;
    case RECEIPT_NOTES:
        add(page, "</div>\n");
        return;
    case RECEIPT_FOOT:
        add(page, "</footer>\n");
        return;
    case RECEIPT_CODES:
        return;
    }
    __builtin_unreachable();
}

static void add_pair(struct page *page, const struct receipt_row *row)
{
    if (row->section == RECEIPT_FACTS) {
        add_element(page, "<div><dt>", row->cells[0], "</dt>");
        add_element(page, "<dd>", row->cells[1], "</dd></div>\n");
        return;
    }
    if (row->section == RECEIPT_NOTES) {
        add_element(page, "<p>", row->cells[0], ": ");
        add_element(page, "", row->cells[1], "</p>\n");
        return;
    }
    const char *opening = row->kind == RECEIPT_ROW_ITEM     ? "<tr class=\"item\"><th scope=\"row\""
                          : row->kind == RECEIPT_ROW_DETAIL ? "<tr class=\"detail\"><th scope=\"row\""
                          : row->kind == RECEIPT_ROW_TOTAL  ? "<tr class=\"total\"><th scope=\"row\""
                                                            : "<tr><th scope=\"row\"";
    add(page, opening);
    if (*row->cells[1] == '\0') { /* the amount is in the row below: the name has all the room */
        add_element(page, row->letters > 0 ? " colspan=\"3\">" : " colspan=\"2\">", row->cells[0],
                    "</th></tr>\n");
        return;
    }
    add_element(page, ">", row->cells[0], "</th>");
    add_element(page, "<td>", row->cells[1], "</td>");
    if (row->letters > 0 && row->section == RECEIPT_LINES) {
        add_element(page, "<td class=\"letters\">", row->cells[2], "</td>");
    }
    add(page, "</tr>\n");
}

static void add_tax(struct page *page, const struct receipt_row *row)
{
    const bool is_head = row->kind == RECEIPT_ROW_TAX_HEAD;
    add(page, is_head ? "<thead><tr><th scope=\"col\">" : "<tr><th scope=\"row\">");
    if (*row->cells[0] != '\0') {
        add_escaped(page, row->cells[0]);
        add(page, " ");
    }
    add_element(page, "", row->cells[1], "</th>");
    for (unsigned i = 2; i < RECEIPT_CELLS_MAX; i++) {
        add_element(page, "<td>", row->cells[i], "</td>");
    }
    add(page, is_head ? "</tr></thead>\n" : "</tr>\n");
}

static void add_row(void *context, const struct receipt_row *row)
{
    struct page *page = context;
    if (row->section == RECEIPT_CODES) { /* for machines that read paper */
        return;
    }
    if (!page->is_open || page->section != row->section) {
        close_section(page);
        add(page, section_opening(row->section));
        page->is_open = true;
        page->section = row->section;
    }
    switch (row->kind) {
    case RECEIPT_ROW_TITLE:
        add_element(page, "<h1>", row->cells[0], "</h1>\n");
        return;
    case RECEIPT_ROW_CENTRED:
        add_element(page, "<p>", row->cells[0], "</p>\n");
        return;
    case RECEIPT_ROW_BANNER:
        add_element(page, "<p class=\"banner\">", row->cells[0], "</p>\n");
        return;
    case RECEIPT_ROW_PAIR:
    case RECEIPT_ROW_ITEM:
    case RECEIPT_ROW_DETAIL:
    case RECEIPT_ROW_TOTAL:
        add_pair(page, row);
        return;
    case RECEIPT_ROW_TAX_HEAD:
    case RECEIPT_ROW_TAX:
        add_tax(page, row);
        return;
    case RECEIPT_ROW_BARCODE:
    case RECEIPT_ROW_QR:
        return;
    }
    __builtin_unreachable();
}

void receipt_html(struct text *text, const struct receipt *receipt)
{
    const struct receipt_labels *labels = receipt->labels != NULL ? receipt->labels : &receipt_labels_english;
    struct page page = {.text = text};
    add_element(&page, "<!doctype html>\n<html lang=\"", labels->language,
                "\">\n<head>\n<meta charset=\"utf-8\">\n");
    add(&page, "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>");
    add_escaped(&page, labels->receipt);
    if (receipt->receipt_number != NULL) {
        add_element(&page, " ", receipt->receipt_number, "");
    }
    add(&page, "</title>\n<style>");
    add(&page, style);
    add(&page, "</style>\n</head>\n<body>\n<main>\n<article>\n");
    receipt_lay_out(receipt, add_row, &page);
    close_section(&page);
    add(&page, "</article>\n</main>\n</body>\n</html>\n");
}
