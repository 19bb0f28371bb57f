/* clang-format off */
/*
 * Layout: every item that the ledger keeps in DynamoDB, who reads it, what it costs. Read this page first.
 *
 * Two tables, `<prefix>transactions` and `<prefix>customers` (migrations/dynamodb), on demand, both with a
 * partition key `pk` and a sort key `sk`. Customers' documents are in the second, all else is in the first.
 * Whatever decides anything is read consistently from these items; indexes serve lists and nothing else, for
 * they lag.
 *
 *     what        pk                    sk                    read by
 *     record      T#<id>                T                     its id; BatchGetItem of every list
 *     text        T#<id>                P<n>                  … and the rest of one that is larger than an item
 *     act         A#<id>                A                     its id; details of movements and entries
 *     key         K#<sha-256>           K                     a retry with the Idempotency-Key
 *     journal     J#<register>          <sequence>            the register's chain, receipt numbers
 *     reversal    R#<original id>       <n>                   the refunds and the void of a sale
 *     meta        M                     S#<store>             which stores there are
 *                                       R#<register>#<code>   … and registers, with each of their codes
 *     stock       S#<store>             <product>             levels, the last movements of a product
 *     history     H#<store>#<product>   <page>                older movements
 *     document    D#<kind>#<id>         D                     its head: balances, state, version
 *     body        D#<kind>#<id>         B                     what it says, its keys and terms
 *     entries     D#<kind>#<id>         P<page>               older entries
 *     unique key  U#<kind>#<key>        U                     document_find, and who wants to have it
 *     term        W#<kind>#<letter>     <term>#<id>#<tag>     document_search
 *     event       E#<id>                E                     the relay
 *     lease       L#<name>              L                     relays: which of the processes delivers
 *     work        I                     <what>#<id>           the sweeper: what a process left half done
 *     mark        V                     V                     copy_mark.h: the copy that this ledger was made by
 *
 * Numbers in keys are padded with zeros, so that they sort; pages count from 1; ids are in their text form.
 * Attributes have short names, since their bytes are paid for, and none that is a reserved word but `ttl`.
 * That is the table's (seconds); `exp` is the truth (milliseconds), which whoever reads checks, for DynamoDB
 * removes late.
 *
 * record      ty type, st store, rg register, sq sequence, dy business day, at created, cu currency, to total,
 *             sh shift, cs customer, og original, rv reversal, fl 1 when flagged, rn receipt number, hs hash
 *             (B), fp fingerprint of the act (B), pt 0 or 1: first or second of its act, sc id of the second,
 *             iw of a large act: the intent that it was committed under, cm of an act without key,
 *             rec the sealed record (B, packed_text), or its beginning: nt items have the rest. For the
 *             indexes: o, s and so, n, h, c
 * text        rec the nth part of the record (record_items.h)
 * act         an act without a record. nm name, at, o, fp, dt detail, mv movements with what they led to (B),
 *             pb balances that postings with a reason led to (B), iw, cm of an act without key. `an` 1: it has
 *             no id of its own and got one here, for it moves or posts; it is no replay, and its rows are listed
 *             without an id
 * key         fp of the request (B), act its id, hp HTTP status, lo, et, bd answer (B), ttl; cm: a random
 *             number, by which the call that committed the act knows it for its own when it heard no answer
 * journal     id of the record, o, ty, dy, at, to, hs (B), rn. There is no head: rows are put with
 *             attribute_not_exists after one that is there, so they have no gaps
 * reversal    id of the refund or void, o
 * meta        id, cd code, st store of a register. Written before the first act there, never changed
 * stock       lv level, up updated, si store's id (B), pi product's id (B), rc recent movements (L of B,
 *             packed.h; the oldest first), pg pages of history. An update moves lv and appends to rc: the order
 *             is the real one, and the level after each movement follows from lv backwards, without a read
 * history     mv packed movements, the oldest first; lv level after the last
 * document    vs version, sa state, st store, rg register, cr created, up updated, rd recorded, exp, ttl,
 *             b0 … b7, nr postings so far, rc recent entries (L of B, packed.h), pg pages; d and dc.
 *             Postings without a reason are in rc too: balances after each follow from b0 … b7 backwards
 * body        bd (B, packed_text), vs, exp, ks keys (L), ts terms (L), tg tag of its term items
 * entries     en packed entries, the oldest first; ba balances after the last (B)
 * unique key  id, exp, ttl
 * term        id. It counts when the body lists the term and has the tag: others are on their way out (terms.h)
 * event       ty, at, tr attempts, dt data (B) or rec the record's id, if: pk of the large act it belongs to,
 *             without which it does not count (intents.h), and iw. For outbox: ob line, du due
 * lease       ow owner, un until (ms)
 * work        un when somebody else may take it up; terms.h, forget.h, intents.h
 * mark        src digest of the source (B), told pieces, all 1: every piece is here; fin 1: and was compared
 *
 * Indexes, all sparse (who has no such attribute is not in it):
 *
 *     by_store     s  store        so  <day>#<o>       records                     ty rg fl sh cs
 *     by_notice    n  store        so                  flagged ones and no sales   ty rg fl sh cs
 *     by_shift     h  shift id     o                   records                     ty rg fl
 *     by_customer  c  customer id  o                   records                     ty rg fl st
 *     outbox       ob line         du  <due>#<id>      events                      ty
 *     by_document  d  kind         dc  <created>#<id>  documents                   st rg sa exp
 *
 * o is `<microseconds, 16 digits>#<id>` of the commit, by the time of the process that made it: it ascends
 * within a process, and within a register as far as times agree; the truth is the journal's sequence and the
 * place in rc.
 *
 * What processes write for one another (o, du, every un) is by the service's time, not by their machines': each
 * learns it from the answers (aws/dynamodb.h), to the second. So a clock that is minutes off neither takes back
 * an act that is under way, for leases are ten seconds and more, nor keeps one that was left behind from being
 * taken back, nor an event from being delivered. Nothing hangs on it but when: an act whose intent was marked
 * too early is refused as a whole, and an event that two relays hold is delivered twice.
 *
 * A sale of five lines with a key, a shift, a customer and an event is one TransactWriteItems of 1 record,
 * 1 journal row, 1 key, 5 stock items, 2 documents and 1 event: 11 actions of 2 write units a KB (the record
 * has one to two), and 2 for each of 4 indexes. So about 32 write units and no read. Compaction of recent lists
 * adds less than one a movement.
 */
/* clang-format on */
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
struct layout_key layout_record_rest(const struct id *id, int64_t nth);
struct layout_key layout_act(const struct id *id);
struct layout_key layout_idempotency(const struct hash *hash);
struct layout_key layout_journal(int64_t register_key, int64_t sequence);
struct layout_key layout_reversal(const struct id *original, int64_t nth);
struct layout_key layout_meta_store(int64_t store_key);
struct layout_key layout_meta_register(int64_t register_key, const char *code);
struct layout_key layout_stock(int64_t store_key, int64_t product_key);
struct layout_key layout_history(int64_t store_key, int64_t product_key, int64_t page);
struct layout_key layout_document(enum ledger_kind kind, const struct id *id);
struct layout_key layout_body(enum ledger_kind kind, const struct id *id);
struct layout_key layout_entries(enum ledger_kind kind, const struct id *id, int64_t page);
struct layout_key layout_unique(enum ledger_kind kind, const char *unique);
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
