/*
 * A receipt printer of paper and ink: reads the bytes that a printer would get (core/receipt/escpos.h) and
 * says what would stand on the paper. It is strict: a command that it does not know, or one that is cut off,
 * is a fault.
 *
 * Shared by the unit tests and the fuzzer.
 */
#ifndef MYPOS_TESTS_PAPER_H
#define MYPOS_TESTS_PAPER_H

#include "core/receipt/code_pages.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define PAPER_SIZE (1 << 20)

struct paper {
    size_t length;
    unsigned widest; /* columns of the widest line */
    unsigned drawers, cuts, images, switches;
    bool cut_is_last;
    char barcode[128], qr[4096];
    const char *fault;     /* NULL: none */
    char text[PAPER_SIZE]; /* UTF-8; large lines begin with "#", tall ones with "|", strong ones with "*" */
};

struct paper_head {
    const uint8_t *at, *end;
    const struct code_page *page;
    bool is_strong, is_ready;
    uint8_t size;
    unsigned columns, line_columns;
    struct paper *paper;
};

static inline void paper_put(struct paper *paper, const char *bytes, size_t length)
{
    if (paper->length + length < PAPER_SIZE) {
        memcpy(paper->text + paper->length, bytes, length);
        paper->length += length;
    }
    paper->text[paper->length] = '\0';
}

static inline void paper_put_character(struct paper_head *head, uint32_t code)
{
    char bytes[3];
    size_t length = 0;
    if (code < 0x80) {
        bytes[length++] = (char)code;
    } else if (code < 0x800) {
        bytes[length++] = (char)(0xc0 | code >> 6);
        bytes[length++] = (char)(0x80 | (code & 0x3f));
    } else {
        bytes[length++] = (char)(0xe0 | code >> 12);
        bytes[length++] = (char)(0x80 | (code >> 6 & 0x3f));
        bytes[length++] = (char)(0x80 | (code & 0x3f));
    }
    if (head->line_columns == 0 && (head->is_strong || head->size != 0)) {
        paper_put(head->paper, head->size == 0x11 ? "#" : head->size == 0x01 ? "|" : "*", 1);
    }
    paper_put(head->paper, bytes, length);
    head->line_columns += 1u + (head->size >> 4);
}

/* The next `count` bytes of a command; NULL with a fault when there are fewer. */
static inline const uint8_t *paper_take(struct paper_head *head, size_t count)
{
    if ((size_t)(head->end - head->at) < count) {
        head->paper->fault = "a command is cut off";
        head->at = head->end;
        return NULL;
    }
    head->at += count;
    return head->at - count;
}

static inline void paper_fault(struct paper_head *head, const char *fault)
{
    head->paper->fault = fault;
    head->at = head->end;
}

static inline void paper_select_page(struct paper_head *head, uint8_t number)
{
    for (size_t i = 0; i < CODE_PAGES; i++) {
        if (code_pages[i].number == number) {
            head->page = &code_pages[i];
            head->paper->switches++;
            return;
        }
    }
    paper_fault(head, "an unknown code page");
}

static inline void paper_escape(struct paper_head *head)
{
    const uint8_t *command = paper_take(head, 1), *n = NULL;
    if (command == NULL) {
        return;
    }
    switch (*command) {
    case '@':
        head->is_ready = true;
        return;
    case 'p':
        n = paper_take(head, 3);
        head->paper->drawers += n != NULL;
        return;
    case 'R':
    case 'E':
    case 'a':
    case 't':
        n = paper_take(head, 1);
        break;
    default:
        paper_fault(head, "an unknown command after ESC");
    }
    if (n != NULL && *command == 't') {
        paper_select_page(head, *n);
    } else if (n != NULL && *command == 'E') {
        head->is_strong = *n != 0;
    }
}

static inline void paper_barcode(struct paper_head *head)
{
    const uint8_t *n = paper_take(head, 2);
    const uint8_t *data = n != NULL ? paper_take(head, n[1]) : NULL;
    size_t length = 0;
    char *out = head->paper->barcode;
    if (data == NULL || n[0] != 'I') {
        paper_fault(head, "a bar code of another kind");
        return;
    }
    char set = 0;
    for (size_t i = 0; i < n[1] && length + 3 < sizeof head->paper->barcode; i++) {
        if (data[i] == '{' && i + 1 < n[1] && data[i + 1] != '{' && (set != 'C' || data[i + 1] >= 'A')) {
            set = (char)data[++i];
        } else if (set == 'C') {
            length += (size_t)snprintf(out + length, 3, "%02u", data[i] % 100);
        } else {
            i += data[i] == '{';
            out[length++] = (char)data[i];
        }
    }
    out[length] = '\0';
}

static inline void paper_symbol(struct paper_head *head)
{
    const uint8_t *size = paper_take(head, 3);
    const size_t length = size != NULL ? size[1] + 256u * size[2] : 0;
    const uint8_t *data = size != NULL ? paper_take(head, length) : NULL;
    if (data == NULL || size[0] != 'k' || length < 3 || data[0] != 0x31) {
        paper_fault(head, "a symbol of another kind");
    } else if (data[1] == 0x50 && length - 3 < sizeof head->paper->qr) {
        memcpy(head->paper->qr, data + 3, length - 3);
        head->paper->qr[length - 3] = '\0';
    }
}

static inline void paper_group(struct paper_head *head)
{
    const uint8_t *command = paper_take(head, 1), *n = NULL;
    if (command == NULL) {
        return;
    }
    switch (*command) {
    case '!':
        n = paper_take(head, 1);
        head->size = n != NULL ? *n : 0;
        return;
    case 'h':
    case 'w':
    case 'H':
    case 'f':
        (void)paper_take(head, 1);
        return;
    case 'V':
        (void)paper_take(head, 2);
        head->paper->cuts++;
        head->paper->cut_is_last = head->at == head->end;
        return;
    case 'k':
        paper_barcode(head);
        return;
    case '(':
        paper_symbol(head);
        return;
    case 'v':
        n = paper_take(head, 6);
        if (n != NULL) {
            (void)paper_take(head, (n[2] + 256u * n[3]) * (n[4] + 256u * n[5]));
        }
        head->paper->images++;
        return;
    default:
        paper_fault(head, "an unknown command after GS");
    }
}

static inline void paper_byte(struct paper_head *head, uint8_t byte)
{
    if (byte == '\n') {
        paper_put(head->paper, "\n", 1);
        if (head->line_columns > head->paper->widest) {
            head->paper->widest = head->line_columns;
        }
        head->line_columns = 0;
    } else if (byte < ' ' || byte == 0x7f) {
        paper_fault(head, "a control character");
    } else if (byte < 0x80) {
        paper_put_character(head, byte);
    } else if (head->page == NULL || head->page->characters[byte - 0x80] == 0) {
        paper_fault(head, "a byte without a character");
    } else {
        paper_put_character(head, head->page->characters[byte - 0x80]);
    }
}

/* Prints. What was wrong is in paper->fault. */
static inline void paper_print(struct paper *paper, const char *bytes, size_t length)
{
    struct paper_head head = {
        .at = (const uint8_t *)bytes, .end = (const uint8_t *)bytes + length, .paper = paper};
    memset(paper, 0, offsetof(struct paper, text));
    paper->text[0] = '\0';
    while (head.at < head.end) {
        const uint8_t byte = *head.at++;
        if (byte == 0x1b) {
            paper_escape(&head);
        } else if (byte == 0x1d) {
            paper_group(&head);
        } else {
            paper_byte(&head, byte);
        }
        if (!head.is_ready && paper->fault == NULL) {
            paper_fault(&head, "the printer is not initialised first");
        }
    }
    if (paper->fault == NULL && (head.size != 0 || head.is_strong)) {
        paper->fault = "the next receipt would be large";
    }
}

#endif
