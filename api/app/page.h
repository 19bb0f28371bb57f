/*
 * Pages of lists: {"data":[…],"next_cursor":…}.
 *
 *     struct page_answer answer;
 *     page_answer_begin(&answer, call, size);
 *     for (…) thing_emit(&answer.json, …);
 *     page_answer_next(&answer, LETTER, page.has_more, &page.next);
 *     page_answer_end(&answer);
 */
#ifndef MYPOS_APP_PAGE_H
#define MYPOS_APP_PAGE_H

#include "app/app.h"
#include "app/cursor.h"

struct page_answer {
    struct call *call;
    struct text body;
    struct json_writer json; /* for the elements */
};

/* Opens the page; `size` is what its elements take, more or less. The answer stays where it is. */
void page_answer_begin(struct page_answer *answer, struct call *call, size_t size);

/* Ends the elements and writes the cursor of the list `letter`: null on the last page. */
void page_answer_next(struct page_answer *answer, char letter, bool has_more, const struct cursor *next);

/* Closes the page and makes it the call's answer. */
void page_answer_end(struct page_answer *answer);

#endif
