#include "app/customers/customer_body.h"

#include "app/customers/customer.h"
#include "app/identity/approval.h"
#include "app/identity/auth.h"
#include "app/reference/customer_groups.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define PHONE_DIGITS_MIN 3

/* jansson fails only without memory: as base/arena.h. */
static json_t *made(json_t *value)
{
    if (value == NULL) {
        abort();
    }
    return value;
}

static void set(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, made(value)) != 0) {
        abort();
    }
}

static void set_default(json_t *object, const char *name, json_t *value)
{
    if (json_object_get(object, name) == NULL) {
        set(object, name, value);
    } else {
        json_decref(value);
    }
}

/* RFC 7396, section 2. The contract has no objects deeper than two. */
static void merge(json_t *target, const json_t *patch)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)patch, name, value)
    {
        if (json_is_null(value)) {
            json_object_del(target, name);
        } else if (json_is_object(value)) {
            set_default(target, name, json_object());
            merge(json_object_get(target, name), value);
        } else {
            set(target, name, json_deep_copy(value));
        }
    }
}

/* The time of a statement is that of the request in which it changed. */
static void complete_consent(json_t *body, const json_t *before, const json_t *request, int64_t at_ms)
{
    static const char *const kinds[] = {"marketing_email", "marketing_sms"};
    const json_t *old = json_object_get(before, "consent");
    set_default(body, "consent", json_object());
    json_t *consent = json_object_get(body, "consent");
    bool stated = json_object_get(request, "consent") != NULL && json_object_get(old, "updated_at") == NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        set_default(consent, kinds[i], json_false());
        stated |= json_is_true(json_object_get(consent, kinds[i])) !=
                  json_is_true(json_object_get(old, kinds[i]));
    }
    if (stated) {
        char now[CLOCK_TEXT_SIZE];
        set(consent, "updated_at", json_string(clock_format(at_ms, now)));
    }
}

static void check_texts(struct call *call, const json_t *body)
{
    const char *name = json_string_value(json_object_get(body, "name"));
    if (name == NULL || name[strspn(name, " ")] == '\0') {
        (void)detail_fault(&call->detail, "/name", "min_length", "A name is more than blanks.");
    }
    const char *phone = json_string_value(json_object_get(body, "phone"));
    unsigned digits = 0;
    for (const char *at = phone; at != NULL && *at != '\0'; at++) {
        digits += *at >= '0' && *at <= '9';
    }
    if (phone != NULL && digits < PHONE_DIGITS_MIN) {
        (void)detail_fault(&call->detail, "/phone", "format", "A telephone number has at least %d digits.",
                           PHONE_DIGITS_MIN);
    }
    const json_t *exemption = json_object_get(body, "tax_exemption");
    if (exemption != NULL && json_object_get(exemption, "reason") == NULL) {
        (void)detail_fault(&call->detail, "/tax_exemption/reason", "required",
                           "An exemption needs a reason.");
    }
}

static enum status check(struct call *call, const json_t *before, const json_t *body)
{
    const unsigned faults = call->detail.faults;
    check_texts(call, body);
    const enum status status = customer_groups_check(call, json_object_get(body, "group_ids"),
                                                     json_object_get(before, "group_ids"));
    if (status != STATUS_OK || call->detail.faults > faults) {
        return status != STATUS_OK ? status : STATUS_VALIDATION_FAILED;
    }
    const json_int_t limit = json_integer_value(json_object_get(body, "account_limit"));
    if (limit != json_integer_value(json_object_get(before, "account_limit"))) {
        return call_allowed(call, AUTH_SCOPE(CUSTOMERS_CREDIT), NULL);
    }
    return STATUS_OK;
}

enum status customer_body_patch(struct call *call, const json_t *before, const json_t *request, int64_t at_ms,
                                json_t **body)
{
    json_t *merged = made(before == NULL ? json_object() : json_deep_copy(before));
    merge(merged, request);
    json_object_del(merged, "id");
    complete_consent(merged, before, request, at_ms);
    set_default(merged, "group_ids", json_array());
    set_default(merged, "account_limit", json_integer(0));
    const enum status status = check(call, before, merged);
    if (status != STATUS_OK) {
        json_decref(merged);
        return status;
    }
    *body = merged;
    return STATUS_OK;
}

/* A statement about advertising is the person's, so the later one of the two holds. */
static void take_consent(json_t *body, const json_t *duplicate)
{
    json_t *consent = json_object_get(duplicate, "consent");
    const char *theirs = json_string_value(json_object_get(consent, "updated_at"));
    const char *ours = json_string_value(json_object_get(json_object_get(body, "consent"), "updated_at"));
    if (theirs != NULL && (ours == NULL || strcmp(ours, theirs) < 0)) {
        set(body, "consent", json_deep_copy(consent));
    }
}

void customer_body_take_over(json_t *body, const json_t *duplicate)
{
    static const char *const members[] = {"first_name", "last_name", "company",       "phone", "email",
                                          "address",    "birthday",  "tax_exemption", "notes"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        json_t *theirs = json_object_get(duplicate, members[i]);
        if (theirs != NULL && json_object_get(body, members[i]) == NULL) {
            set(body, members[i], json_deep_copy(theirs));
        }
    }
    take_consent(body, duplicate);
    json_t *groups = json_object_get(body, "group_ids");
    size_t index;
    json_t *group;
    json_array_foreach(json_object_get(duplicate, "group_ids"), index, group)
    {
        bool held = false;
        for (size_t i = 0; i < json_array_size(groups); i++) {
            held |= json_equal(json_array_get(groups, i), group) == 1;
        }
        if (!held && json_array_size(groups) < CUSTOMER_GROUPS_MAX) {
            json_array_append_new(groups, json_deep_copy(group));
        }
    }
}
