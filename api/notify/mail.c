#include "notify/mail.h"

#include "base/clock.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define CRLF      "\r\n"
#define DAY_MS    86400000LL
#define LOCAL_MAX 64 /* bytes before the @ */
#define LABEL_MAX 63 /* of a part of a domain */
#define WORD_BYTES                                                                                           \
    39                   /* of text in an encoded word: 52 characters of base64, 64 with what is around it,  \
                          * and no more than 76 with the longest name before it (RFC 2047, section 2) */
#define BASE64_LINE   57 /* bytes in a line of 76 characters */
#define BOUNDARY_HEAD "=_mypos_" /* "=_" is in no base64 */

/* --- addresses --- */

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_domain(const char *domain)
{
    while (*domain != '\0') {
        const size_t length = strcspn(domain, ".");
        if (length == 0 || length > LABEL_MAX || domain[0] == '-' || domain[length - 1] == '-') {
            return false;
        }
        for (size_t i = 0; i < length; i++) {
            if (!is_letter_or_digit(domain[i]) && domain[i] != '-') {
                return false;
            }
        }
        domain += length;
        if (*domain == '.' && *++domain == '\0') {
            return false;
        }
    }
    return true;
}

bool mail_address_is_valid(const char *address)
{
    static const char marks[] = ".!#$%&'*+/=?^_`{|}~-";
    const char *at = strchr(address, '@');
    if (at == NULL || at == address || at - address > LOCAL_MAX || at[1] == '\0' ||
        strlen(address) > MAIL_ADDRESS_MAX) {
        return false;
    }
    for (const char *c = address; c < at; c++) {
        if (!is_letter_or_digit(*c) && strchr(marks, *c) == NULL) {
            return false;
        }
    }
    return is_domain(at + 1);
}

bool mail_read_sender(const char *sender, char name[static MAIL_NAME_MAX + 1],
                      char address[static MAIL_ADDRESS_MAX + 1])
{
    const char *open = strrchr(sender, '<');
    size_t name_length = 0, length = strlen(sender);
    if (open != NULL) {
        if (sender[length - 1] != '>') {
            return false;
        }
        name_length = (size_t)(open - sender);
        while (name_length > 0 && sender[name_length - 1] == ' ') {
            name_length--;
        }
        length = length - (size_t)(open + 1 - sender) - 1;
    }
    if (name_length > MAIL_NAME_MAX || length > MAIL_ADDRESS_MAX) {
        return false;
    }
    memcpy(name, sender, name_length);
    name[name_length] = '\0';
    memcpy(address, open != NULL ? open + 1 : sender, length);
    address[length] = '\0';
    return mail_address_is_valid(address);
}

/* --- encodings --- */

static void add_base64(struct text *out, const char *bytes, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t at = 0; at < length; at += 3) {
        const size_t left = length - at;
        const unsigned char *from = (const unsigned char *)bytes + at;
        const unsigned group = (unsigned)from[0] << 16 | (left > 1 ? (unsigned)from[1] << 8 : 0) |
                               (left > 2 ? (unsigned)from[2] : 0);
        const char four[] = {digits[group >> 18], digits[group >> 12 & 63],
                             left > 1 ? digits[group >> 6 & 63] : '=', left > 2 ? digits[group & 63] : '='};
        text_add(out, four, sizeof four);
    }
}

static bool is_plain(const char *string)
{
    for (; *string != '\0'; string++) {
        if (!is_letter_or_digit(*string) && *string != ' ' && *string != '-') {
            return false;
        }
    }
    return true;
}

/* At most `limit` bytes of a text, not ending within a character. */
static size_t whole_characters(const char *text, size_t limit)
{
    size_t length = strnlen(text, limit + 1);
    if (length <= limit) {
        return length;
    }
    length = limit;
    while (length > 1 && ((unsigned char)text[length] & 0xc0) == 0x80) {
        length--;
    }
    return length;
}

/* What people wrote, in a header: as it is when it is harmless and short, else as encoded words, each on a
 * line of its own. */
static void add_words(struct text *out, const char *words)
{
    if (is_plain(words) && strlen(words) <= WORD_BYTES) {
        text_add_string(out, words);
        return;
    }
    while (*words != '\0') {
        const size_t length = whole_characters(words, WORD_BYTES);
        text_add_string(out, "=?utf-8?B?");
        add_base64(out, words, length);
        text_add_string(out, "?=");
        words += length;
        text_add_string(out, *words != '\0' ? CRLF " " : "");
    }
}

/* --- the message --- */

static void add_header(struct text *out, const char *name, const char *value)
{
    text_add_string(out, name);
    text_add_string(out, ": ");
    text_add_string(out, value);
    text_add_string(out, CRLF);
}

/* "Sun, 22 Nov 2026 14:05:09 +0000" */
static void add_date(struct text *out, int64_t at_ms)
{
    static const char *const weekdays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char date[48];
    const int64_t days = at_ms / DAY_MS;
    const int seconds = (int)(at_ms % DAY_MS / 1000);
    const struct clock_date civil = clock_date_of_days(days);
    snprintf(date, sizeof date, "%s, %d %s %d %02d:%02d:%02d +0000", weekdays[days % 7], civil.day,
             months[civil.month - 1], civil.year, seconds / 3600, seconds / 60 % 60, seconds % 60);
    add_header(out, "Date", date);
}

static void add_boundary(struct text *out, const struct mail *mail, const char *end)
{
    text_add_string(out, "--" BOUNDARY_HEAD);
    text_add_string(out, mail->message_id);
    text_add_string(out, end);
    text_add_string(out, CRLF);
}

static void add_part(struct text *out, const struct mail *mail, const char *type, const char *body,
                     size_t length)
{
    add_boundary(out, mail, "");
    add_header(out, "Content-Type", type);
    add_header(out, "Content-Transfer-Encoding", "base64");
    text_add_string(out, CRLF);
    for (size_t at = 0; at < length; at += BASE64_LINE) {
        const size_t left = length - at;
        add_base64(out, body + at, left < BASE64_LINE ? left : BASE64_LINE);
        text_add_string(out, CRLF);
    }
}

void mail_write(struct text *out, const struct mail *mail)
{
    /* Whoever asked for the mail was refused before; this is the last line of defence. */
    assert(mail_address_is_valid(mail->to) && mail_address_is_valid(mail->from));
    assert(is_plain(mail->message_id));
    add_date(out, mail->at_ms);
    text_add_string(out, "From: ");
    if (mail->from_name != NULL && *mail->from_name != '\0') {
        add_words(out, mail->from_name);
        text_add_string(out, CRLF " <");
        text_add_string(out, mail->from);
        text_add_string(out, ">" CRLF);
    } else {
        text_add_string(out, mail->from);
        text_add_string(out, CRLF);
    }
    add_header(out, "To", mail->to);
    text_add_string(out, "Subject: ");
    add_words(out, mail->subject);
    text_add_string(out, CRLF "Message-ID: <");
    text_add_string(out, mail->message_id);
    text_add_string(out, strchr(mail->from, '@'));
    text_add_string(out, ">" CRLF);
    add_header(out, "Auto-Submitted", "auto-generated"); /* RFC 3834: no absence notes, please */
    add_header(out, "MIME-Version", "1.0");
    text_add_string(out, "Content-Type: multipart/alternative;" CRLF " boundary=\"" BOUNDARY_HEAD);
    text_add_string(out, mail->message_id);
    text_add_string(out, "\"" CRLF CRLF);
    add_part(out, mail, "text/plain; charset=utf-8", mail->text, mail->text_length);
    add_part(out, mail, "text/html; charset=utf-8", mail->html, mail->html_length);
    add_boundary(out, mail, "--");
}
