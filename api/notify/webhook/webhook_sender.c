#include "notify/webhook/webhook_sender.h"

#include "base/arena.h"
#include "notify/webhook/webhook_address.h"

#include <curl/curl.h>
#include <jansson.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define CONNECTIONS_KEPT 64
#define UTF8_MAX         4
#define REDIRECT_LEAST   300
#define GONE             410
#define TOO_MANY         429

struct webhook_sender {
    struct webhook_sender_options options;
    CURLM *multi;
    struct transfer *first; /* on their way */
    size_t busy;
};

struct transfer {
    struct webhook_sender *sender;  /* borrowed */
    struct transfer *next, **place; /* in the sender's list */
    CURL *curl;
    struct curl_slist *headers;
    struct arena arena;
    bool address_refused, address_taken; /* a name can lead to several */
    size_t received;
    struct webhook_result result;
    size_t excerpt_length;
};

/* --- URLs --- */

static bool host_is_address(const char *host, enum webhook_address *judged)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    char bare[INET6_ADDRSTRLEN + 2];
    if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
        *judged = webhook_address_judge((const struct sockaddr *)&v4);
        return true;
    }
    const size_t length = strlen(host);
    if (length < 3 || length > sizeof bare || host[0] != '[') {
        return false;
    }
    snprintf(bare, sizeof bare, "%.*s", (int)(length - 2), host + 1);
    if (inet_pton(AF_INET6, bare, &v6.sin6_addr) != 1) {
        return false;
    }
    *judged = webhook_address_judge((const struct sockaddr *)&v6);
    return true;
}

static bool has_part(CURLU *url, CURLUPart part)
{
    char *value = NULL;
    const bool has = curl_url_get(url, part, &value, 0) == CURLUE_OK;
    curl_free(value);
    return has;
}

static const char *judge_parts(CURLU *url, const char *scheme, const char *host, bool loopback)
{
    enum webhook_address address = WEBHOOK_ADDRESS_PUBLIC;
    const bool is_address = host_is_address(host, &address);
    const bool is_here = (is_address && address == WEBHOOK_ADDRESS_LOOPBACK) ||
                         strcasecmp(host, "localhost") == 0;
    if (strcmp(scheme, "https") != 0 && !(loopback && is_here && strcmp(scheme, "http") == 0)) {
        return "It must begin with https://, for what is sent is nobody else's business.";
    }
    if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD)) {
        return "It must have no user name and no password: messages are signed instead.";
    }
    if (has_part(url, CURLUPART_FRAGMENT)) {
        return "It must have no fragment.";
    }
    if (is_here && !loopback) {
        return "It leads to the server itself, where no webhook may lead.";
    }
    return is_address && address == WEBHOOK_ADDRESS_PRIVATE
               ? "It leads to an address that is not on the public Internet, where no webhook may lead."
               : NULL;
}

const char *webhook_url_fault(const char *url, bool loopback)
{
    const char *fault = "It must be a URL such as https://shop.example/mypos.";
    char *scheme = NULL, *host = NULL;
    CURLU *parts = curl_url();
    /* libcurl takes https:///x for https://x. */
    const bool has_host = strncmp(url + strcspn(url, ":"), ":///", 4) != 0;
    if (parts != NULL && has_host && strlen(url) <= WEBHOOK_URL_MAX && strpbrk(url, " \t\r\n") == NULL &&
        curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
        fault = judge_parts(parts, scheme, host, loopback);
    }
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(parts);
    return fault;
}

/* --- what libcurl asks --- */

/* The one place that every connection goes through: nothing is sent to an address that is refused here. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *transfer = context;
    const enum webhook_address judged = webhook_address_judge(&address->addr);
    const bool is_allowed = judged == WEBHOOK_ADDRESS_PUBLIC ||
                            (judged == WEBHOOK_ADDRESS_LOOPBACK && transfer->sender->options.loopback);
    if (purpose != CURLSOCKTYPE_IPCXN || !is_allowed) {
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
}

static void transfer_free(struct transfer *transfer)
{
    if (transfer->curl != NULL) {
        curl_multi_remove_handle(transfer->sender->multi, transfer->curl);
        curl_easy_cleanup(transfer->curl);
    }
    curl_slist_free_all(transfer->headers);
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
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, options->loopback ? "https,http" : "https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* none of the environment's either */
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)WEBHOOK_CONNECT_S);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)WEBHOOK_TOTAL_S);
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

enum status webhook_sender_start(struct webhook_sender *sender, const struct webhook_message *message)
{
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL) {
        abort();
    }
    transfer->sender = sender;
    transfer->result.context = message->context;
    arena_init(&transfer->arena);
    transfer->curl = curl_easy_init();
    if (transfer->curl == NULL || !add_headers(transfer, message)) {
        transfer_free(transfer);
        return STATUS_OVERLOADED;
    }
    set_up(transfer, message);
    if (curl_multi_add_handle(sender->multi, transfer->curl) != CURLM_OK) {
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
        snprintf(result->reason, sizeof result->reason,
                 "the address is not on the public Internet; nothing was sent");
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
    curl_off_t total_us = 0, retry_after_s = 0;
    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &http);
    curl_easy_getinfo(transfer->curl, CURLINFO_TOTAL_TIME_T, &total_us);
    curl_easy_getinfo(transfer->curl, CURLINFO_RETRY_AFTER, &retry_after_s);
    /* A status that came counts, also when the rest was cut off for its length; not when it was late. */
    const bool is_answered = code == CURLE_OK || code == CURLE_WRITE_ERROR;
    http = is_answered ? http : 0;
    result->http_status = (int)http;
    result->outcome = outcome_of(http);
    result->latency_ms = total_us / 1000;
    result->retry_after_s = retry_after_s;
    clean_excerpt(transfer);
    if (result->outcome != WEBHOOK_ACCEPTED) {
        give_reason(transfer, code, http);
    }
}

bool webhook_sender_result(struct webhook_sender *sender, struct webhook_result *result)
{
    int left;
    const CURLMsg *message;
    while ((message = curl_multi_info_read(sender->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        struct transfer *transfer;
        char *private;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        transfer = (struct transfer *)(void *)private;
        judge(transfer, message->data.result);
        *result = transfer->result;
        transfer_unlink(transfer);
        transfer_free(transfer);
        return true;
    }
    return false;
}

void webhook_sender_run(struct webhook_sender *sender, int wait_ms)
{
    int running;
    curl_multi_perform(sender->multi, &running);
    if ((size_t)running == sender->busy && running > 0) {
        curl_multi_poll(sender->multi, NULL, 0, wait_ms, NULL);
        curl_multi_perform(sender->multi, &running);
    }
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
    if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
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
    free(sender);
}
