/*
 * Negotiation: what a client takes (RFC 9110, section 12.5).
 */
#ifndef MYPOS_HTTP_NEGOTIATE_H
#define MYPOS_HTTP_NEGOTIATE_H

#include <stdbool.h>

/* Whether a media type, without its parameters, is in a list that ends with NULL. */
bool negotiate_is_listed(const char *media_type, const char *const *list);

/* Whether Accept takes one of the media types. NULL and "" take everything. */
bool negotiate_accepts(const char *accept, const char *const *media_types);

/* Whether Accept-Encoding takes gzip. NULL takes nothing but the plain bytes. */
bool negotiate_accepts_gzip(const char *accept_encoding);

#endif
