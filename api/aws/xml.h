/* XML as S3 and the Query services answer it, looked into without a parser: their documents have no
 * attributes, comments or CDATA where this looks. Whatever else a text holds, nothing beyond `end` is read.
 */
#ifndef MYPOS_AWS_XML_H
#define MYPOS_AWS_XML_H

#include <stddef.h>

/* The text between <name> and </name> from `at` on, before `end`; NULL when there is none. */
const char *xml_element(const char *at, const char *end, const char *name, size_t *length);

#endif
