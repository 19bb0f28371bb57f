#include "notify/webhook/webhook_sender.h"

#include "base/arena.h"
#include "base/clock.h"
#include "notify/webhook/webhook_address.h"
#include "notify/webhook/webhook_lookup.h"
#include "notify/webhook/webhook_url.h"

#include <curl/curl.h>
#include <jansson.h>

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS_KEPT 64
#define IDLE_S           4 /* servers close a connection on which nothing comes, some after five seconds */
#define UTF8_MAX         4
#define REDIRECT_LEAST   300
#define GONE             410
#define TOO_MANY         429
#define NOT_PUBLIC       "the address is not on the public Internet, and not allowed; nothing was sent"

struct webhook_sender {
    struct webhook_sender_options options;
    CURLM *multi;
    int64_t patience_us;
    struct transfer *first; /* on their way: their names are looked up, then libcurl has them */
    size_t busy, looking, refused;
    struct curl_waitfd *waits; /* with room for `wait_room` */
    size_t wait_room;
};

struct transfer {
    struct webhook_sender *sender;  /* borrowed */
    struct transfer *next, **place; /* in the sender's list */
    struct webhook_url_host host;
    struct webhook_lookup *lookup; /* while it lasts */
    CURL *curl;
    bool is_sent;    /* libcurl has it */
    bool is_refused; /* nothing was sent; the result says why */
    struct curl_slist *headers, *addresses;
    struct arena arena;
    bool address_refused, address_taken; /* a name can lead to several */
    int64_t began_us;
    int64_t watched_us; /* of the time since then, what counts */
    bool is_fresh;      /* on a connection of its own */
    size_t received;
    struct webhook_result result;
    size_t excerpt_length;
};

/* --- what libcurl asks --- */

static bool is_allowed(const struct webhook_sender *sender, const struct sockaddr *address)
{
    return webhook_address_is_allowed(address, &sender->options.networks);
}

/* The one place that every connection goes through: nothing is sent to an address that is refused here. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *transfer = context;
    if (purpose != CURLSOCKTYPE_IPCXN || !is_allowed(transfer->sender, &address->addr)) {
        transfer->address_refused = true;
        return CURL_SOCKET_BAD;
    }
    transfer->address_taken = true;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Counts headers and body alike: who sends too much of either is cut off. */
static bool count(struct transfer *transfer, size_t length)
{
    transfer->received += length;
    return transfer->received <= WEBHOOK_ANSWER_MAX;
}

static size_t take_header(char *bytes, size_t size, size_t number, void *context)
{
    (void)bytes;
    return count(context, size * number) ? size * number : 0;
}

static size_t take_body(char *bytes, size_t size, size_t number, void *context)
{
    struct transfer *transfer = context;
    const size_t room = WEBHOOK_EXCERPT_SIZE - 1 - transfer->excerpt_length;
    const size_t kept = size * number < room ? size * number : room;
    memcpy(transfer->result.excerpt + transfer->excerpt_length, bytes, kept);
    transfer->excerpt_length += kept;
    return count(transfer, size * number) ? size * number : 0;
}

/* --- one message --- */

static void transfer_link(struct transfer *transfer)
{
    struct webhook_sender *sender = transfer->sender;
    transfer->next = sender->first;
    transfer->place = &sender->first;
    if (sender->first != NULL) {
        sender->first->place = &transfer->next;
    }
    sender->first = transfer;
    sender->busy++;
}

static void transfer_unlink(struct transfer *transfer)
{
    *transfer->place = transfer->next;
    if (transfer->next != NULL) {
        transfer->next->place = transfer->place;
    }
    transfer->sender->busy--;
    transfer->sender->refused -= transfer->is_refused;
}

static void end_lookup(struct transfer *transfer)
{
    transfer->sender->looking -= transfer->lookup != NULL;
    webhook_lookup_free(transfer->lookup);
    transfer->lookup = NULL;
}

static void transfer_free(struct transfer *transfer)
{
    end_lookup(transfer);
    if (transfer->is_sent) {
        curl_multi_remove_handle(transfer->sender->multi, transfer->curl);
    }
    curl_easy_cleanup(transfer->curl);
    curl_slist_free_all(transfer->headers);
    curl_slist_free_all(transfer->addresses);
    arena_free(&transfer->arena);
    free(transfer);
}

static bool add_header(struct transfer *transfer, const char *name, const char *value)
{
    const char *line = arena_printf(&transfer->arena, "%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(transfer->headers, line);
    transfer->headers = longer != NULL ? longer : transfer->headers;
    return longer != NULL;
}

static bool add_headers(struct transfer *transfer, const struct webhook_message *message)
{
    struct text signature = arena_text(&transfer->arena, 256);
    webhook_sign(&signature, message->secrets, message->secret_count, message->message_id, message->timestamp,
                 message->body, message->length);
    return add_header(transfer, "Content-Type", "application/json") &&
           add_header(transfer, "webhook-id", message->message_id) &&
           add_header(transfer, "webhook-timestamp",
                      arena_printf(&transfer->arena, "%lld", (long long)message->timestamp)) &&
           add_header(transfer, "webhook-signature", text_string(&signature)) &&
           add_header(transfer, "Expect", ""); /* libcurl would wait for a 100 that few send */
}

static void set_up(struct transfer *transfer, const struct webhook_message *message)
{
    const struct webhook_sender_options *options = &transfer->sender->options;
    CURL *curl = transfer->curl;
    curl_easy_setopt(curl, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(curl, CURLOPT_URL, message->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, options->networks.count > 0 ? "https,http" : "https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* none of the environment's either */
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)WEBHOOK_TOTAL_S);
    curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, (long)IDLE_S);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "MyPOS/" MYPOS_VERSION);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)message->length);
    curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, message->body);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    if (options->authorities != NULL) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, options->authorities);
    }
}

/* Nothing is sent; its result waits to be taken. */
static void refuse(struct transfer *transfer, const char *reason)
{
    transfer->is_refused = true;
    transfer->sender->refused++;
    transfer->result.outcome = WEBHOOK_DOWN;
    transfer->result.latency_ms = (clock_monotonic_us() - transfer->began_us) / 1000;
    snprintf(transfer->result.reason, sizeof transfer->result.reason, "%s", reason);
}

/* libcurl gets it. */
static enum status send_off(struct transfer *transfer)
{
    transfer->is_sent = curl_multi_add_handle(transfer->sender->multi, transfer->curl) == CURLM_OK;
    return transfer->is_sent ? STATUS_OK : STATUS_OVERLOADED;
}

/* Tells libcurl where the name leads, so that it looks up nothing itself. Those that nothing may be sent to are
 * left out. False: none is left, or there is no memory. */
static bool give_addresses(struct transfer *transfer)
{
    size_t count, given = 0;
    const struct sockaddr_storage *addresses = webhook_lookup_addresses(transfer->lookup, &count);
    struct text entry = arena_text(&transfer->arena, 256);
    text_add_string(&entry, transfer->host.name);
    text_add_char(&entry, ':');
    text_add_int(&entry, transfer->host.port);
    for (size_t i = 0; i < count; i++) {
        const struct sockaddr *address = (const struct sockaddr *)&addresses[i];
        const bool is_v6 = address->sa_family == AF_INET6;
        char text[NI_MAXHOST];
        if (is_allowed(transfer->sender, address) &&
            getnameinfo(address, sizeof addresses[i], text, sizeof text, NULL, 0, NI_NUMERICHOST) == 0) {
            text_add_char(&entry, given++ == 0 ? ':' : ',');
            text_add_string(&entry, is_v6 ? "[" : "");
            text_add_string(&entry, text);
            text_add_string(&entry, is_v6 ? "]" : "");
        }
    }
    transfer->addresses = given == 0 ? NULL : curl_slist_append(NULL, text_string(&entry));
    curl_easy_setopt(transfer->curl, CURLOPT_RESOLVE, transfer->addresses);
    return transfer->addresses != NULL;
}

static void look_further(struct transfer *transfer)
{
    switch (webhook_lookup_step(transfer->lookup)) {
    case WEBHOOK_LOOKUP_PENDING:
        return;
    case WEBHOOK_LOOKUP_FOUND:
        if (!give_addresses(transfer)) {
            refuse(transfer, NOT_PUBLIC);
        } else if (send_off(transfer) != STATUS_OK) {
            refuse(transfer, "there was no memory to send it");
        }
        break;
    case WEBHOOK_LOOKUP_UNKNOWN:
        refuse(transfer, "its name leads nowhere: no name server knows it; nothing was sent");
        break;
    case WEBHOOK_LOOKUP_SILENT:
        refuse(transfer, "no name server could say where it is; nothing was sent");
        break;
    }
    end_lookup(transfer);
}

static enum status begin(struct transfer *transfer, const char *url)
{
    if (!webhook_url_read_host(&transfer->arena, url, &transfer->host)) {
        refuse(transfer, "its URL cannot be read; nothing was sent");
        return STATUS_OK;
    }
    if (transfer->host.is_address) {
        return send_off(transfer);
    }
    transfer->lookup = webhook_lookup_start(transfer->host.name, transfer->sender->options.name_servers);
    transfer->sender->looking += transfer->lookup != NULL;
    return transfer->lookup != NULL ? STATUS_OK : STATUS_OVERLOADED;
}

enum status webhook_sender_start(struct webhook_sender *sender, const struct webhook_message *message)
{
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL) {
        abort();
    }
    transfer->sender = sender;
    transfer->began_us = clock_monotonic_us();
    transfer->result.context = message->context;
    arena_init(&transfer->arena);
    transfer->curl = curl_easy_init();
    if (transfer->curl == NULL || !add_headers(transfer, message)) {
        transfer_free(transfer);
        return STATUS_OVERLOADED;
    }
    set_up(transfer, message);
    if (begin(transfer, message->url) != STATUS_OK) {
        transfer_free(transfer);
        return STATUS_OVERLOADED;
    }
    transfer_link(transfer);
    return STATUS_OK;
}

/* --- what became of it --- */

static bool is_utf8(const char *text, size_t length)
{
    json_t *string = json_stringn(text, length);
    json_decref(string);
    return string != NULL;
}

/* Answers can hold anything; logs and JSON take UTF-8 without control characters. */
static void clean_excerpt(struct transfer *transfer)
{
    char *text = transfer->result.excerpt;
    size_t length = transfer->excerpt_length;
    for (size_t cut = 0; cut < UTF8_MAX && cut < length && !is_utf8(text, length); cut++) {
        length--; /* the end may be within a character */
    }
    const bool is_text = is_utf8(text, length);
    for (size_t i = 0; i < length; i++) {
        const unsigned char byte = (unsigned char)text[i];
        if (byte < 0x20 || byte == 0x7f) {
            text[i] = ' ';
        } else if (byte >= 0x80 && !is_text) {
            text[i] = '?';
        }
    }
    text[length] = '\0';
}

static enum webhook_outcome outcome_of(long http)
{
    if (http >= 200 && http < REDIRECT_LEAST) {
        return WEBHOOK_ACCEPTED;
    }
    if (http == GONE) {
        return WEBHOOK_GONE;
    }
    return http == 0 || http == TOO_MANY || http >= 500 ? WEBHOOK_DOWN : WEBHOOK_REFUSED;
}

/* Where libcurl's own words would not help whoever runs the receiver. */
static const char *words_of(CURLcode code)
{
    switch ((int)code) {
    case CURLE_PEER_FAILED_VERIFICATION:
        return "its certificate has expired, is for another name, or is signed by nobody who is trusted; "
               "nothing was sent";
    case CURLE_SSL_CONNECT_ERROR:
        return "no TLS connection could be made: it must speak TLS 1.2 or 1.3 at this port; nothing was sent";
    default:
        return curl_easy_strerror(code);
    }
}

static void give_reason(struct transfer *transfer, CURLcode code, long http)
{
    struct webhook_result *result = &transfer->result;
    if (transfer->address_refused && !transfer->address_taken && http == 0) {
        snprintf(result->reason, sizeof result->reason, NOT_PUBLIC);
    } else if (http >= REDIRECT_LEAST && http < 400) {
        snprintf(result->reason, sizeof result->reason, "it answered %ld; redirects are not followed", http);
    } else if (http != 0) {
        snprintf(result->reason, sizeof result->reason, "it answered %ld", http);
    } else if (code == CURLE_OPERATION_TIMEDOUT) {
        snprintf(result->reason, sizeof result->reason, "it did not answer within %d seconds",
                 WEBHOOK_TOTAL_S);
    } else {
        snprintf(result->reason, sizeof result->reason, "%s", words_of(code));
    }
}

static void judge(struct transfer *transfer, CURLcode code)
{
    struct webhook_result *result = &transfer->result;
    long http = 0;
    curl_off_t retry_after_s = 0;
    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &http);
    curl_easy_getinfo(transfer->curl, CURLINFO_RETRY_AFTER, &retry_after_s);
    /* A status that came counts, also when the rest was cut off for its length; not when it was late. */
    const bool is_answered = code == CURLE_OK || code == CURLE_WRITE_ERROR;
    http = is_answered ? http : 0;
    result->http_status = (int)http;
    result->outcome = outcome_of(http);
    result->latency_ms = (clock_monotonic_us() - transfer->began_us) / 1000;
    result->retry_after_s = retry_after_s;
    clean_excerpt(transfer);
    if (result->outcome != WEBHOOK_ACCEPTED) {
        give_reason(transfer, code, http);
    }
}

static bool is_late(const struct transfer *transfer)
{
    return transfer->watched_us >= transfer->sender->patience_us;
}

/* What ended for no fault of the receiver's. A kept connection that it has closed meanwhile is one: libcurl over
 * GnuTLS finds out by using it, and gives up after the fifth. The other is that the time to connect went by
 * while nobody watched. */
static bool is_to_begin_anew(const struct transfer *transfer, CURLcode code)
{
    long made = 0;
    switch ((int)code) {
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
        curl_easy_getinfo(transfer->curl, CURLINFO_NUM_CONNECTS, &made);
        return made == 0 && transfer->received == 0 && !transfer->is_fresh;
    case CURLE_OPERATION_TIMEDOUT:
        return !is_late(transfer);
    default:
        return false;
    }
}

static bool begin_anew(struct transfer *transfer)
{
    curl_multi_remove_handle(transfer->sender->multi, transfer->curl);
    curl_easy_setopt(transfer->curl, CURLOPT_FRESH_CONNECT, 1L);
    transfer->is_fresh = true;
    return send_off(transfer) == STATUS_OK;
}

static struct transfer *next_answered(struct webhook_sender *sender)
{
    int left;
    const CURLMsg *message;
    while ((message = curl_multi_info_read(sender->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            const CURLcode code = message->data.result;
            char *private;
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
            struct transfer *transfer = (struct transfer *)(void *)private;
            if (!is_to_begin_anew(transfer, code) || !begin_anew(transfer)) {
                judge(transfer, code);
                return transfer;
            }
        }
    }
    return NULL;
}

/* After those that were answered: who has answered at last is not late. */
static struct transfer *next_late(struct webhook_sender *sender)
{
    struct transfer *transfer = sender->first;
    while (transfer != NULL && !(transfer->is_sent && is_late(transfer))) {
        transfer = transfer->next;
    }
    if (transfer != NULL) {
        judge(transfer, CURLE_OPERATION_TIMEDOUT);
    }
    return transfer;
}

static struct transfer *next_refused(struct webhook_sender *sender)
{
    struct transfer *transfer = sender->refused > 0 ? sender->first : NULL;
    while (transfer != NULL && !transfer->is_refused) {
        transfer = transfer->next;
    }
    return transfer;
}

bool webhook_sender_result(struct webhook_sender *sender, struct webhook_result *result)
{
    struct transfer *transfer = next_answered(sender);
    transfer = transfer != NULL ? transfer : next_refused(sender);
    transfer = transfer != NULL ? transfer : next_late(sender);
    if (transfer == NULL) {
        return false;
    }
    *result = transfer->result;
    transfer_unlink(transfer);
    transfer_free(transfer);
    return true;
}

/* --- moving on --- */

/* True when nothing is left to do but to wait. */
static bool move_on(struct webhook_sender *sender)
{
    int sending;
    struct transfer *transfer = sender->looking > 0 ? sender->first : NULL;
    for (; transfer != NULL; transfer = transfer->next) {
        if (transfer->lookup != NULL) {
            look_further(transfer);
        }
    }
    curl_multi_perform(sender->multi, &sending);
    return sender->refused == 0 && (size_t)sending + sender->looking == sender->busy;
}

/* What the lookups wait for, beside what libcurl does. */
static size_t gather_waits(struct webhook_sender *sender, int *wait_ms)
{
    const size_t room = sender->looking * WEBHOOK_LOOKUP_WAITS_MAX;
    size_t count = 0;
    if (room > sender->wait_room) {
        free(sender->waits);
        sender->waits = calloc(room, sizeof *sender->waits);
        sender->wait_room = room;
        if (sender->waits == NULL) {
            abort();
        }
    }
    const struct transfer *transfer = sender->looking > 0 ? sender->first : NULL;
    for (; transfer != NULL; transfer = transfer->next) {
        if (transfer->lookup != NULL) {
            count += webhook_lookup_wait_for(transfer->lookup, sender->waits + count, wait_ms);
        }
    }
    return count;
}

/* The time of those that are on their way goes on while we look, or wait to. What is longer than the wait was
 * ours: the processor was another's. */
static void count_time(struct webhook_sender *sender, int64_t since_us, int wait_ms)
{
    const int64_t passed_us = clock_monotonic_us() - since_us;
    const int64_t counted_us = passed_us < wait_ms * 1000LL ? passed_us : wait_ms * 1000LL;
    for (struct transfer *transfer = sender->first; transfer != NULL; transfer = transfer->next) {
        transfer->watched_us += counted_us;
    }
}

void webhook_sender_run(struct webhook_sender *sender, int wait_ms)
{
    const int64_t since_us = clock_monotonic_us();
    if (move_on(sender) && sender->busy > 0) {
        int left_ms = wait_ms;
        const size_t count = gather_waits(sender, &left_ms);
        curl_multi_poll(sender->multi, sender->waits, (unsigned)count, left_ms, NULL);
        (void)move_on(sender);
    }
    count_time(sender, since_us, wait_ms);
}

size_t webhook_sender_busy(const struct webhook_sender *sender)
{
    return sender->busy;
}

/* --- the whole --- */

void *webhook_sender_give_up(struct webhook_sender *sender)
{
    struct transfer *transfer = sender->first;
    if (transfer == NULL) {
        return NULL;
    }
    void *context = transfer->result.context;
    transfer_unlink(transfer);
    transfer_free(transfer);
    return context;
}

enum status webhook_sender_open(const struct webhook_sender_options *options, struct webhook_sender **out)
{
    struct webhook_sender *sender = calloc(1, sizeof *sender);
    if (sender == NULL) {
        abort();
    }
    sender->options = *options;
    sender->patience_us = (options->patience_ms > 0 ? options->patience_ms : WEBHOOK_TOTAL_S * 1000LL) * 1000;
    if (webhook_lookup_set_up() == STATUS_OK && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
        sender->multi = curl_multi_init();
    }
    if (sender->multi == NULL) {
        free(sender);
        return STATUS_INTERNAL_ERROR;
    }
    curl_multi_setopt(sender->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
    *out = sender;
    return STATUS_OK;
}

void webhook_sender_close(struct webhook_sender *sender)
{
    if (sender == NULL) {
        return;
    }
    while (sender->first != NULL) {
        (void)webhook_sender_give_up(sender);
    }
    curl_multi_cleanup(sender->multi);
    free(sender->waits);
    free(sender);
}
