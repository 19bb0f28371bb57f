/*
 * Mail: one message as mail servers take it.
 *
 * A message has a text and an HTML form of the same (RFC 2046, multipart/alternative), in UTF-8. Header lines
 * are ASCII: what people wrote goes into encoded words (RFC 2047), so that no name or subject can end its
 * line and begin another header; bodies are base64 (RFC 2045), so that no line of theirs is too long or means
 * something to a server. Message format: RFC 5322.
 *
 * Addresses are those that HTML takes ("valid e-mail address" of the HTML Standard): ASCII, without comments
 * and quoted parts. A domain of other letters comes in its xn-- form.
 */
#ifndef MYPOS_NOTIFY_MAIL_H
#define MYPOS_NOTIFY_MAIL_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAIL_ADDRESS_MAX 254 /* RFC 5321, section 4.5.3.1.3, without its angle brackets */
#define MAIL_NAME_MAX    200

/* A message. Everything is borrowed. */
struct mail {
    const char *from_name;  /* NULL or "": the address alone */
    const char *from, *to;  /* addresses that mail_address_is_valid */
    const char *subject;    /* any UTF-8 */
    const char *message_id; /* letters, digits and hyphens; the same in every try, so that doubles are seen */
    int64_t at_ms;
    const char *text, *html;
    size_t text_length, html_length;
};

bool mail_address_is_valid(const char *address);

/* Reads "Corner Shop <receipts@shop.example>", or an address alone, into two buffers; false when the address
 * is none, or one does not fit. */
bool mail_read_sender(const char *sender, char name[static MAIL_NAME_MAX + 1],
                      char address[static MAIL_ADDRESS_MAX + 1]);

/* Writes the message, its lines ending in CR LF. */
void mail_write(struct text *out, const struct mail *mail);

#endif
