/*
 * Documents: postings and writes. A posting is one update of the head, blind but for what it asks for; a
 * write replaces head and body by the version that it names. What an act posts to and writes is one update.
 *
 * An act without a record tells the balances that it led to: then the head was read, and the number of
 * postings so far is a condition.
 */
#include "ledger/dynamodb/acting.h"

#include "base/clock.h"
#include "ledger/dynamodb/terms.h"

#include <stdio.h>
#include <string.h>

#define EXPRESSION_SIZE 1024

static const char *const balance_names[LEDGER_BALANCES] = {"b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7"};

/* --- which documents --- */

static struct acting_document *document_of(struct acting *acting, enum ledger_kind kind, const struct id *id)
{
    for (size_t i = 0; i < acting->document_count; i++) {
        if (acting->documents[i].kind == kind && id_equal(&acting->documents[i].id, id)) {
            return &acting->documents[i];
        }
    }
    struct acting_document *document = &acting->documents[acting->document_count++];
    *document = (struct acting_document){.kind = kind, .id = *id, .old_tag = ""};
    return document;
}

void acting_documents_begin(struct acting *acting)
{
    const struct ledger_act *act = acting->act;
    acting->documents = arena_zeroed(acting->arena, act->posting_count + act->write_count,
                                     sizeof *acting->documents);
    for (size_t i = 0; i < act->posting_count; i++) {
        struct acting_document *document = document_of(acting, act->postings[i].kind, &act->postings[i].id);
        document->posting = &act->postings[i];
        document->posting_index = i;
        document->is_exact = document->is_read = acting->exact;
    }
    for (size_t i = 0; i < act->write_count; i++) {
        const struct ledger_document *written = &act->writes[i].document;
        struct acting_document *document = document_of(acting, written->kind, &written->id);
        document->write = &act->writes[i];
        document->write_index = i;
        document->is_read |= document->write->expected_version > 0;
    }
}

static const char **read_strings(const json_t *list, struct arena *arena, size_t *count)
{
    const json_t *value;
    size_t at;
    const char **strings = arena_zeroed(arena, json_array_size(list), sizeof *strings);
    *count = 0;
    json_array_foreach(list, at, value)
    {
        const char *string = dynamodb_value_s(value);
        if (string != NULL) {
            strings[(*count)++] = arena_copy(arena, string);
        }
    }
    return strings;
}

void acting_document_learn_body(struct acting *acting, struct acting_document *document, const json_t *body)
{
    document->old_keys = read_strings(dynamodb_l(body, "ks"), acting->arena, &document->old_key_count);
    document->old_terms = read_strings(dynamodb_l(body, "ts"), acting->arena, &document->old_term_count);
    document->old_expires_at_ms = dynamodb_n(body, "exp");
    const char *tag = ledger_dynamodb_copy(body, "tg", acting->arena);
    document->old_tag = tag == NULL ? "" : tag;
}

void acting_document_learn(struct acting *acting, struct acting_document *document, const json_t *head)
{
    document->is_read = true;
    document->postings = dynamodb_n(head, "nr");
    if (head == NULL || !ledger_dynamodb_head(head, acting->arena, &document->head)) {
        document->head = (struct ledger_document){0};
    }
}

/* --- judging --- */

static enum verdict refuse(struct acting *acting, size_t failed, enum status status)
{
    acting->outcome->failed = failed;
    acting->refused = status;
    return VERDICT_REFUSED;
}

static bool is_there(const struct acting *acting, const struct ledger_document *head)
{
    return head->version > 0 && (head->expires_at_ms == 0 || head->expires_at_ms > acting->act->at_ms);
}

static enum verdict judge_posting(struct acting *acting, const struct acting_document *document)
{
    const struct ledger_posting *posting = document->posting;
    const struct ledger_document *head = &document->head;
    if (posting->required_state != NULL && strcmp(posting->required_state, head->state) != 0) {
        return refuse(acting, document->posting_index, STATUS_DOCUMENT_STATE);
    }
    for (size_t i = 0; i < LEDGER_BALANCES; i++) {
        int64_t sum;
        if (__builtin_add_overflow(head->balances[i], posting->amounts[i], &sum)) {
            return refuse(acting, document->posting_index, STATUS_INTERNAL_ERROR);
        }
        if (posting->amounts[i] < 0 && sum < posting->floors[i]) {
            acting->outcome->balance = i;
            acting->outcome->left = head->balances[i];
            return refuse(acting, document->posting_index, STATUS_INSUFFICIENT_BALANCE);
        }
    }
    return VERDICT_AGAIN;
}

static enum verdict judge_write(struct acting *acting, const struct acting_document *document)
{
    const struct ledger_write *write = document->write;
    const bool same =
        document->head.version == write->expected_version &&
        (write->expected_balances == NULL ||
         memcmp(write->expected_balances, document->head.balances, sizeof document->head.balances) == 0);
    return same ? VERDICT_AGAIN : refuse(acting, document->write_index, STATUS_VERSION_MISMATCH);
}

/* Judges what the act asks of a document whose head is known; VERDICT_AGAIN: nothing is wrong with it. */
static enum verdict judge(struct acting *acting, const struct acting_document *document)
{
    const bool is_new = document->write != NULL && document->write->expected_version == 0;
    const size_t failed = document->posting != NULL ? document->posting_index : document->write_index;
    if (is_new) {
        return refuse(acting, failed, STATUS_ID_TAKEN);
    }
    if (!is_there(acting, &document->head)) {
        return refuse(acting, failed, STATUS_DOCUMENT_NOT_FOUND);
    }
    acting->outcome->document = document->head;
    enum verdict verdict = VERDICT_AGAIN;
    if (document->posting != NULL) {
        verdict = judge_posting(acting, document);
    }
    return verdict == VERDICT_AGAIN && document->write != NULL ? judge_write(acting, document) : verdict;
}

static struct acting_document *document_of_write(struct acting *acting, size_t write_index)
{
    for (size_t i = 0; i < acting->document_count; i++) {
        if (acting->documents[i].write != NULL && acting->documents[i].write_index == write_index) {
            return &acting->documents[i];
        }
    }
    __builtin_trap(); /* the action was made from one */
}

/* Where clocks differ the document has expired for somebody else, who has taken its key: it is theirs. */
static void give_up_key(struct acting_document *document, const json_t *item)
{
    const char *pk = dynamodb_s(item, "pk");
    for (size_t i = 0; pk != NULL && i < document->old_key_count; i++) {
        const struct layout_key key = layout_unique(document->kind, document->old_keys[i]);
        if (strcmp(key.pk, pk) == 0) {
            document->old_keys[i] = document->old_keys[--document->old_key_count];
            return;
        }
    }
}

enum verdict acting_documents_judge(struct acting *acting, const struct transact_action *action,
                                    const json_t *item)
{
    if (action->effect == EFFECT_UNIQUE) {
        return refuse(acting, action->index, STATUS_CODE_TAKEN);
    }
    if (action->effect == EFFECT_RELEASE) {
        give_up_key(document_of_write(acting, action->index), item);
        return VERDICT_AGAIN;
    }
    if (action->effect == EFFECT_WORK) {
        /* Somebody thought that this process had died, and took the terms away: they are written again. */
        document_of_write(acting, action->index)->new_terms = false;
        return VERDICT_AGAIN;
    }
    if (action->effect != EFFECT_DOCUMENT) {
        return VERDICT_AGAIN;
    }
    struct acting_document *document = &acting->documents[action->index];
    acting_document_learn(acting, document, item);
    return judge(acting, document);
}

enum status acting_documents_check(struct acting *acting)
{
    for (size_t i = 0; i < acting->document_count; i++) {
        if (acting->documents[i].is_read && judge(acting, &acting->documents[i]) == VERDICT_REFUSED) {
            return acting->refused;
        }
    }
    return STATUS_OK;
}

/* --- the head --- */

/* An update's two expressions as they are put together. */
struct expression {
    char update[EXPRESSION_SIZE], condition[EXPRESSION_SIZE];
};

static void append(char *to, const char *text)
{
    const size_t length = strlen(to);
    snprintf(to + length, EXPRESSION_SIZE - length, "%s", text);
}

/* Each # is the balance's number. */
static void append_balance(char *to, const char *pattern, size_t balance)
{
    size_t length = strlen(to);
    for (; *pattern != '\0' && length < EXPRESSION_SIZE - 1; pattern++) {
        to[length++] = *pattern == '#' ? (char)('0' + balance) : *pattern;
    }
    to[length] = '\0';
}

static bool has_floor(const struct ledger_posting *posting, size_t balance)
{
    return posting->amounts[balance] < 0 && posting->floors[balance] != LEDGER_NO_FLOOR;
}

static void express_posting(const struct acting *acting, const struct acting_document *document,
                            struct expression *expression)
{
    const struct ledger_posting *posting = document->posting;
    append(expression->update, "nr = nr + :one, rc = list_append(rc, :row)");
    if (acting->act->record_count > 0) {
        append(expression->update, ", rd = :at");
    }
    for (size_t i = 0; i < LEDGER_BALANCES; i++) {
        if (posting->amounts[i] != 0) {
            append_balance(expression->update, ", b# = b# + :a#", i);
        }
        if (has_floor(posting, i)) {
            append_balance(expression->condition, " AND b# >= :f#", i);
        }
    }
    if (posting->required_state != NULL) {
        append(expression->condition, " AND sa = :state");
    }
    if (document->is_exact) {
        append(expression->condition, " AND nr = :nr");
    }
}

static void express_write(const struct acting_document *document, struct expression *expression)
{
    const struct ledger_write *write = document->write;
    append(expression->condition, " AND vs = :vs");
    for (size_t i = 0; write->expected_balances != NULL && i < LEDGER_BALANCES; i++) {
        append_balance(expression->condition, " AND b# = :e#", i);
    }
    if (!write->remove) {
        append(expression->update, document->posting != NULL ? ", " : "");
        append(expression->update, "vs = vs + :one, sa = :sa, st = :st, rg = :rg, up = :at, exp = :exp");
        append(expression->update, write->document.expires_at_ms != 0 ? ", #ttl = :ttl" : " REMOVE #ttl");
    }
}

static int64_t ttl_of(int64_t expires_at_ms)
{
    return expires_at_ms / 1000 + 1;
}

/* The entry of a posting; or of the balances that a new document comes with. */
static void put_entry(const struct acting *acting, const char *reason, const int64_t *amounts,
                      struct json_writer *json)
{
    char bytes[PACKED_ROW_MAX];
    struct text text = text_over(bytes, sizeof bytes);
    struct packed_entry entry = {
        .maker = acting_maker(acting), .act = acting->id, .at_ms = acting->act->at_ms};
    snprintf(entry.reason, sizeof entry.reason, "%s", reason == NULL ? "" : reason);
    memcpy(entry.amounts, amounts, sizeof entry.amounts);
    packed_add_entry(&text, &entry);
    dynamodb_put_b(json, NULL, text.data, text.length);
}

static void put_posting_values(const struct acting *acting, const struct acting_document *document,
                               struct json_writer *json)
{
    const struct ledger_posting *posting = document->posting;
    char name[16];
    dynamodb_begin_list(json, ":row");
    put_entry(acting, posting->reason, posting->amounts, json);
    dynamodb_end_list(json);
    for (int i = 0; i < LEDGER_BALANCES; i++) {
        if (posting->amounts[i] != 0) {
            snprintf(name, sizeof name, ":a%d", i);
            dynamodb_put_n(json, name, posting->amounts[i]);
        }
        if (has_floor(posting, (size_t)i)) {
            int64_t least;
            if (__builtin_sub_overflow(posting->floors[i], posting->amounts[i], &least)) {
                least = INT64_MAX;
            }
            snprintf(name, sizeof name, ":f%d", i);
            dynamodb_put_n(json, name, least);
        }
    }
    if (posting->required_state != NULL) {
        dynamodb_put_s(json, ":state", posting->required_state);
    }
    if (document->is_exact) {
        dynamodb_put_n(json, ":nr", document->postings);
    }
}

static void put_expected(const struct ledger_write *write, struct json_writer *json)
{
    char name[16];
    dynamodb_put_n(json, ":vs", write->expected_version);
    for (int i = 0; write->expected_balances != NULL && i < LEDGER_BALANCES; i++) {
        snprintf(name, sizeof name, ":e%d", i);
        dynamodb_put_n(json, name, write->expected_balances[i]);
    }
}

static void put_write_values(const struct ledger_write *write, struct json_writer *json)
{
    const struct ledger_document *document = &write->document;
    put_expected(write, json);
    dynamodb_put_s(json, ":sa", document->state);
    dynamodb_put_n(json, ":st", document->store_key);
    dynamodb_put_n(json, ":rg", document->register_key);
    dynamodb_put_n(json, ":exp", document->expires_at_ms);
    if (document->expires_at_ms != 0) {
        dynamodb_put_n(json, ":ttl", ttl_of(document->expires_at_ms));
    }
}

#define IS_THERE "(exp = :zero OR exp > :at)"

static void update_head(struct acting *acting, struct transact *transact, size_t index)
{
    const struct acting_document *document = &acting->documents[index];
    const struct layout_key key = layout_document(document->kind, &document->id);
    struct expression expression = {.update = "SET ", .condition = IS_THERE};
    if (document->posting != NULL) {
        express_posting(acting, document, &expression);
    }
    if (document->write != NULL) {
        express_write(document, &expression);
    }
    struct json_writer *json = transact_update(transact, EFFECT_DOCUMENT, index, &key, expression.update,
                                               expression.condition);
    dynamodb_put_n(json, ":zero", 0);
    dynamodb_put_n(json, ":one", 1);
    dynamodb_put_n(json, ":at", acting->act->at_ms);
    if (document->posting != NULL) {
        put_posting_values(acting, document, json);
    }
    if (document->write != NULL) {
        put_write_values(document->write, json);
    }
    transact_end(transact);
}

static void remove_head(struct acting *acting, struct transact *transact, size_t index)
{
    const struct acting_document *document = &acting->documents[index];
    const struct layout_key key = layout_document(document->kind, &document->id);
    struct expression expression = {.condition = IS_THERE};
    express_write(document, &expression);
    transact_delete(transact, EFFECT_DOCUMENT, index, &key);
    struct json_writer *json = transact_condition_values(transact, expression.condition);
    dynamodb_put_n(json, ":zero", 0);
    dynamodb_put_n(json, ":at", acting->act->at_ms);
    put_expected(document->write, json);
    transact_end(transact);
}

static void create_head(struct acting *acting, struct transact *transact, size_t index)
{
    const struct ledger_write *write = acting->documents[index].write;
    const struct ledger_document *document = &write->document;
    const struct layout_key key = layout_document(document->kind, &document->id);
    struct json_writer *json = transact_put(transact, EFFECT_DOCUMENT, index, &key);
    char kind[12], created[LAYOUT_ORDER_SIZE];
    snprintf(kind, sizeof kind, "%d", (int)document->kind);
    layout_order(acting->at_us + (int64_t)index, &document->id, created);
    dynamodb_put_n(json, "vs", 1);
    dynamodb_put_s(json, "sa", document->state);
    dynamodb_put_n(json, "st", document->store_key);
    dynamodb_put_n(json, "rg", document->register_key);
    dynamodb_put_n(json, "cr", acting->act->at_ms);
    dynamodb_put_n(json, "up", acting->act->at_ms);
    dynamodb_put_n(json, "rd", 0);
    dynamodb_put_n(json, "exp", document->expires_at_ms);
    for (size_t i = 0; i < LEDGER_BALANCES; i++) {
        dynamodb_put_n(json, balance_names[i], document->balances[i]);
    }
    dynamodb_put_n(json, "nr", 0);
    dynamodb_put_n(json, "pg", 0);
    dynamodb_begin_list(json, "rc");
    if (write->reason != NULL) {
        put_entry(acting, write->reason, document->balances, json);
    }
    dynamodb_end_list(json);
    dynamodb_put_s(json, "d", kind);
    dynamodb_put_s(json, "dc", created);
    if (document->expires_at_ms != 0) {
        dynamodb_put_n(json, "ttl", ttl_of(document->expires_at_ms));
    }
    transact_condition(transact, "attribute_not_exists(pk)");
    transact_end(transact);
}

/* --- body and keys --- */

static void put_strings(struct json_writer *json, const char *name, const char *const *strings, size_t count,
                        size_t most)
{
    dynamodb_begin_list(json, name);
    for (size_t i = 0; i < count; i++) {
        dynamodb_put_s_n(json, NULL, strings[i], strnlen(strings[i], most));
    }
    dynamodb_end_list(json);
}

static void write_body(struct acting *acting, struct transact *transact,
                       const struct acting_document *document)
{
    const struct ledger_write *write = document->write;
    const struct layout_key key = layout_body(document->kind, &document->id);
    if (write->remove) {
        transact_delete(transact, EFFECT_BODY, document->write_index, &key);
        transact_end(transact);
        return;
    }
    struct json_writer *json = transact_put(transact, EFFECT_BODY, document->write_index, &key);
    const void *packed;
    size_t length;
    packed_text(acting->arena, write->document.body, write->document.body_length, &packed, &length);
    dynamodb_put_b(json, "bd", packed, length);
    dynamodb_put_n(json, "vs", write->expected_version + 1);
    dynamodb_put_n(json, "exp", write->document.expires_at_ms);
    put_strings(json, "ks", write->keys, write->key_count, LEDGER_KEY_MAX);
    put_strings(json, "ts", write->terms, write->term_count, LEDGER_TERM_MAX);
    dynamodb_put_s(json, "tg", document->tag);
    if (write->document.expires_at_ms != 0) {
        dynamodb_put_n(json, "ttl", ttl_of(write->document.expires_at_ms));
    }
    transact_end(transact);
}

static bool lists(const char *const *keys, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(keys[i], key) == 0) {
            return true;
        }
    }
    return false;
}

/* Two documents of one act may hand a key over: the one that gives it up, or NULL. */
static const struct acting_document *giver_of(const struct acting *acting, enum ledger_kind kind,
                                              const char *key)
{
    for (size_t i = 0; i < acting->document_count; i++) {
        const struct acting_document *document = &acting->documents[i];
        if (document->kind == kind && lists(document->old_keys, document->old_key_count, key)) {
            return document;
        }
    }
    return NULL;
}

static bool is_taken_here(const struct acting *acting, enum ledger_kind kind, const char *key)
{
    for (size_t i = 0; i < acting->act->write_count; i++) {
        const struct ledger_write *write = &acting->act->writes[i];
        if (write->document.kind == kind && !write->remove && lists(write->keys, write->key_count, key)) {
            return true;
        }
    }
    return false;
}

/* A key that nobody has, or whose document expired, or that is given up in this act. */
static void take_key(struct acting *acting, struct transact *transact, const struct acting_document *document,
                     const char *unique)
{
    const int64_t expires_at_ms = document->write->document.expires_at_ms;
    const struct acting_document *giver = giver_of(acting, document->kind, unique);
    if (giver == document && expires_at_ms == document->old_expires_at_ms) {
        return; /* it has it already */
    }
    const struct layout_key key = layout_unique(document->kind, unique);
    struct json_writer *json = transact_put(transact, EFFECT_UNIQUE, document->write_index, &key);
    ledger_dynamodb_put_id(json, "id", &document->id);
    dynamodb_put_n(json, "exp", expires_at_ms);
    if (expires_at_ms != 0) {
        dynamodb_put_n(json, "ttl", ttl_of(expires_at_ms));
    }
    json = transact_condition_values(
        transact, giver != NULL ? "attribute_not_exists(pk) OR exp BETWEEN :one AND :at OR id = :giver"
                                : "attribute_not_exists(pk) OR exp BETWEEN :one AND :at");
    dynamodb_put_n(json, ":one", 1);
    dynamodb_put_n(json, ":at", acting->act->at_ms);
    if (giver != NULL) {
        ledger_dynamodb_put_id(json, ":giver", &giver->id);
    }
    transact_end(transact);
}

static void release_key(const struct acting *acting, struct transact *transact,
                        const struct acting_document *document, const char *unique)
{
    if (is_taken_here(acting, document->kind, unique)) {
        return;
    }
    const struct layout_key key = layout_unique(document->kind, unique);
    transact_delete(transact, EFFECT_RELEASE, document->write_index, &key);
    struct json_writer *json = transact_condition_values(transact, "attribute_not_exists(pk) OR id = :me");
    ledger_dynamodb_put_id(json, ":me", &document->id);
    transact_end(transact);
}

static void write_keys(struct acting *acting, struct transact *transact,
                       const struct acting_document *document)
{
    for (size_t i = 0; !document->write->remove && i < document->write->key_count; i++) {
        take_key(acting, transact, document, document->write->keys[i]);
    }
    for (size_t i = 0; i < document->old_key_count; i++) {
        release_key(acting, transact, document, document->old_keys[i]);
    }
}

void acting_documents_write(struct acting *acting, struct transact *transact)
{
    for (size_t i = 0; i < acting->document_count; i++) {
        const struct acting_document *document = &acting->documents[i];
        const struct ledger_write *write = document->write;
        if (write != NULL && write->remove) {
            remove_head(acting, transact, i);
        } else if (write != NULL && write->expected_version == 0) {
            create_head(acting, transact, i);
        } else {
            update_head(acting, transact, i);
        }
        if (write != NULL) {
            write_body(acting, transact, document);
            write_keys(acting, transact, document);
            terms_write(acting, transact, document);
        }
    }
}

/* --- what it led to --- */

static struct ledger_posted posted(const struct acting_document *document)
{
    struct ledger_posted posted;
    for (size_t i = 0; i < LEDGER_BALANCES; i++) {
        posted.balances[i] = document->head.balances[i] + document->posting->amounts[i];
    }
    return posted;
}

void acting_documents_tell(struct acting *acting)
{
    struct ledger_outcome *outcome = acting->outcome;
    outcome->posted = NULL;
    outcome->posted_count = 0;
    if (acting->act->record_count > 0) {
        return;
    }
    outcome->posted_count = acting->act->posting_count;
    outcome->posted = arena_zeroed(acting->arena, outcome->posted_count, sizeof *outcome->posted);
    for (size_t i = 0; i < acting->document_count; i++) {
        if (acting->documents[i].posting != NULL) {
            outcome->posted[acting->documents[i].posting_index] = posted(&acting->documents[i]);
        }
    }
}

/* The balances of postings and of new documents that keep entries, in this order. */
void acting_documents_sum_up(struct acting *acting, struct json_writer *json)
{
    struct text text = arena_text(acting->arena, 64);
    for (size_t i = 0; i < acting->document_count; i++) {
        const struct acting_document *document = &acting->documents[i];
        if (document->posting != NULL && document->posting->reason != NULL) {
            const struct ledger_posted after = posted(document);
            struct packed_balances balances;
            memcpy(balances.balances, after.balances, sizeof balances.balances);
            packed_add_balances(&text, &balances);
        }
    }
    for (size_t i = 0; i < acting->act->write_count; i++) {
        if (acting->act->writes[i].reason != NULL) {
            struct packed_balances balances;
            memcpy(balances.balances, acting->act->writes[i].document.balances, sizeof balances.balances);
            packed_add_balances(&text, &balances);
        }
    }
    if (text.length > 0) {
        dynamodb_put_b(json, "pb", text.data, text.length);
    }
}
