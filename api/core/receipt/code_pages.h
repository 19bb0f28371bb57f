/*
 * Code pages: the characters of one byte that receipt printers have in their memory.
 *
 * A printer shows one page of 128 characters beside ASCII at a time; most have dozens. The tables are those
 * of the Unicode consortium (MAPPINGS/VENDORS/MICSFT), the numbers those of Epson's TM printers for ESC t
 * (ESC/POS Command Reference, "ESC t"), which others follow at least from 0 to 19.
 *
 * What no page has is replaced by what a reader takes for it: "ő" by "o", "“" by a straight quotation mark.
 * A replacement takes as many columns as the character (core/receipt/columns.h), so that what was laid out
 * stays.
 *
 * Freestanding.
 */
#ifndef MYPOS_CORE_CODE_PAGES_H
#define MYPOS_CORE_CODE_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#define CODE_PAGES 9

struct code_page {
    const char *name;         /* "PC437" */
    uint8_t number;           /* the n of ESC t n */
    uint16_t characters[128]; /* of the bytes from 0x80; 0: none */
};

/* In the order of preference: what every printer has comes first. */
extern const struct code_page code_pages[CODE_PAGES];

/* The byte of a character in a page; 0 when the page does not have it. ASCII is in every page. */
uint8_t code_page_byte(const struct code_page *page, uint32_t character);

/* The one character that stands for a character and the combining mark after it; 0 when there is none. */
uint32_t code_page_compose(uint32_t base, uint32_t mark);

/* What stands for a character that no page has: a plainer one, which may have to be replaced again; 0 when
 * there is none. */
uint32_t code_page_plainer(uint32_t character);

#endif
