/*
 * Layout: every item that the ledger keeps in DynamoDB, who reads it, what it costs. Read this page first.
 *
 * Two tables, `<prefix>transactions` and `<prefix>customers` (migrations/dynamodb), on demand, both
 * with a partition key `pk` and a sort key `sk`. Customers' documents are in the second, all else is in the
 * first. Whatever decides anything is read consistently from these items; indexes serve lists and nothing
 * else, for they lag.
 *
 *     what            pk                      sk              read by
 *     record          T#<id>                  T               its id, BatchGetItem of every list
 *     act             A#<id>                  A               its id; details of movements and entries
 *     elsewhere       T#<id> or A#<id>        M#<store>       by_moves: an act that moves in a second store
 *     key             K#<sha-256>             K               a retry with the Idempotency-Key
 *     journal         J#<register>            <sequence>      the register's chain, receipt numbers
 *     reversal        R#<original id>         <n>             the refunds and the void of a sale
 *     meta            M                       S#<store>, R#<register>   which stores and registers there are
 *     stock           S#<store>               <product>       levels, movements of a product
 *     history         H#<store>#<product>     <page>          older movements of a product
 *     document        D#<kind>#<id>           D               its head: balances, state, version
 *     body            D#<kind>#<id>           B               what it says, its keys and terms
 *     entries         D#<kind>#<id>           P<page>         older entries
 *     unique key      U#<kind>#<key>          U               document_find, and who has it
 *     term            W#<kind>#<letter>       <term>#<id>#<tag>   document_search
 *     event           E#<id>                  E               the relay
 *     lease           L#<name>                L               relays: which of the processes delivers
 *     work            I                       <what>#<id>     sweeper: what a process left half done
 *
 * Numbers in keys are padded with zeros, so that they sort; ids are in their text form. Attributes have short
 * names, since their bytes are paid for; `ttl` is the table's (seconds), `exp` the truth (milliseconds),
 * which whoever reads checks, for DynamoDB removes late.
 *
 * record      ty type, st store, rg register, rc register's code, sq sequence, dy business day, at created,
 * cu currency, to total, sh shift, cs customer, og original, rv reversal, fl flagged (1 or absent), rn
 * receipt number, hs hash (B), fp fingerprint of the act (B), pt 0 or 1: first or second of its act, sc id of
 * the second, rec the sealed record (B, layout_pack), mv its act's movements (B, packed.h; only of the
 * first). For the indexes: o, s and so, n, h, c, m and mn. act         an act without a record. nm name, at,
 * fp, dt detail, mv movements with what they led to, pb balances that postings with a reason led to (B). For
 * by_moves: m, mn, o. `an` 1: nobody knows its id (an act without one that moves or posts gets one here); it
 * is no replay, and movements and entries of it are listed without an id elsewhere   m, mn, o key         fp
 * of the request (B), act id and `rec` 1 when it has records, hp HTTP status, lo, et, bd (B) answer, ttl
 * journal     id of the record, o, ty, dy, at, to, hs (B), rn. There is no head: rows are put with
 *             attribute_not_exists after one that is there, so they have no gaps
 * reversal    id of the refund or void, o
 * meta        id, cd code, st store: of a register. Written before the first act there, never changed
 * stock       lv level, up updated, si store's id (B), pi product's id (B), rc recent movements (L of B,
 *             packed.h; the oldest first), pg history pages there are. An Update moves lv and appends to rc,
 *             so the order is the real one, and the level after each follows from lv backwards, without a
 * read history     mv packed movements, the oldest first, lv level after the last document    vs version, sa
 * state, st store, rg register, cr created, up updated, rd recorded, exp, ttl, b0 … b7, nr number of postings
 * so far, rc recent entries (L of B, packed.h), pg pages; d and dc for by_document. Postings without a reason
 * are in rc too, without one: balances after each follow from b0 … b7 backwards body        bd (B,
 * layout_pack), vs, ks keys (L), ts terms (L), tg tag of its term items entries     en packed entries, the
 * oldest first; ba balances after the last (B) unique key  id, exp, ttl term        id. Those of a document
 * count when its body lists the term and has the tag: others are orphans of acts that were refused, on their
 * way out event       ty, at, tr attempts, dt data or rec the record's id, `if` pk of the large act it
 * belongs to: it does not count before that is there. For outbox: ob shard, du due lease       ow owner, un
 * until (ms) work        see intents.c, terms.c, forget.c: un when somebody else may take it up
 *
 * Indexes, all sparse (who has no such attribute is not in it):
 *
 *     by_store     s  store              so  <day>#<o>   records              ty rg fl sh cs
 *     by_notice    n  store              so              flagged or no sales  ty rg fl sh cs
 *     by_shift     h  shift id           o               records              ty rg fl
 *     by_customer  c  customer id        o               records              ty rg fl st
 *     by_moves     m  store              o               acts that move stock mn
 *     outbox       ob shard              du  <due>#<id>  events               ty
 *     by_document  d  kind               dc  <created>#<id>  documents        st rg sa exp
 *
 * o is `<microseconds, 16 digits>#<id>` of the commit, by the clock of the process that made it: it ascends
 * within a process, and within a register as far as clocks agree; the truth is the journal's sequence and the
 * place in rc.
 *
 * What a sale of five lines with a key, a shift, a customer and an event costs: one TransactWriteItems of
 * 1 record + 1 journal row + 1 key + 5 stock + 2 documents + 1 event = 11 actions, each 2 write units a KB
 * (the record has one to two), and 4 to 5 for the indexes: about 30 write units, no read. Compaction of
 * recent lists adds less than one a movement. README's table says it for other acts; a test counts.
 */
#ifndef MYPOS_LEDGER_DYNAMODB_LAYOUT_H
#define MYPOS_LEDGER_DYNAMODB_LAYOUT_H

#include "base/id.h"
#include "ledger/act.h"

#define LAYOUT_PK_SIZE     128
#define LAYOUT_SK_SIZE     192
#define LAYOUT_PREFIX_MAX  64
#define LAYOUT_ORDER_SIZE  (16 + 1 + ID_TEXT_SIZE)
#define LAYOUT_ACTIONS_MAX 100 /* of a transaction: the service's limit */

enum layout_table {
    LAYOUT_TRANSACTIONS,
    LAYOUT_CUSTOMERS,
    LAYOUT_TABLES
};
extern const char *const layout_table_names[LAYOUT_TABLES]; /* after the prefix */

struct layout_key {
    enum layout_table table;
    char pk[LAYOUT_PK_SIZE], sk[LAYOUT_SK_SIZE];
};

/* The table that documents of a kind are in. */
enum layout_table layout_table_of(enum ledger_kind kind);

struct layout_key layout_record(const struct id *id);
struct layout_key layout_act(const struct id *id);
struct layout_key layout_elsewhere(const struct id *id, bool has_record, int64_t store_key);
struct layout_key layout_idempotency(const struct hash *key);
struct layout_key layout_journal(int64_t register_key, int64_t sequence);
struct layout_key layout_reversal(const struct id *original, int64_t nth);
struct layout_key layout_meta_store(int64_t store_key);
struct layout_key layout_meta_register(int64_t register_key);
struct layout_key layout_stock(int64_t store_key, int64_t product_key);
struct layout_key layout_history(int64_t store_key, int64_t product_key, int64_t page);
struct layout_key layout_document(enum ledger_kind kind, const struct id *id);
struct layout_key layout_body(enum ledger_kind kind, const struct id *id);
struct layout_key layout_entries(enum ledger_kind kind, const struct id *id, int64_t page);
struct layout_key layout_unique(enum ledger_kind kind, const char *key);
/* `tag` is of the body; the sort key of a search is the beginning of the term. */
struct layout_key layout_term(enum ledger_kind kind, const char *term, const struct id *id, const char *tag);
struct layout_key layout_event(const struct id *id);
struct layout_key layout_lease(const char *name);
struct layout_key layout_work(const char *what, const struct id *id);

/* The attributes of the indexes. `order` is o. */
void layout_order(int64_t at_us, const struct id *id, char order[static LAYOUT_ORDER_SIZE]);
void layout_day_order(int64_t day, const char *order, char day_order[static LAYOUT_SK_SIZE]);
void layout_number(int64_t number,
                   char text[static 21]); /* 19 digits: of stores, products, registers, pages */

#endif
