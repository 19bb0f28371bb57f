#include "notify/smtp.h"

#include <curl/curl.h>

#include <stdio.h>
#include <string.h>

struct transfer {
    const char *message;
    size_t length, at;
    smtp_cancelled cancelled;
    const void *context;
};

enum status smtp_prepare(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? STATUS_OK : STATUS_INTERNAL_ERROR;
}

bool smtp_url_is_valid(const char *url)
{
    const size_t scheme = strncmp(url, "smtps://", 8) == 0 ? 8 : strncmp(url, "smtp://", 7) == 0 ? 7 : 0;
    return scheme > 0 && url[scheme] != '\0' && strpbrk(url, " @\r\n\t") == NULL;
}

static size_t give(char *buffer, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    const size_t left = transfer->length - transfer->at;
    const size_t length = left < size * count ? left : size * count;
    memcpy(buffer, transfer->message + transfer->at, length);
    transfer->at += length;
    return length;
}

static int look_whether_cancelled(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    const struct transfer *transfer = context;
    return transfer->cancelled != NULL && transfer->cancelled(transfer->context);
}

/* libcurl's codes end here. A 5xx after the login is about this message; one of the login is about our
 * password, which the operator can set right. */
static void judge(CURLcode code, long reply, const char *words, struct smtp_result *result)
{
    result->reply = (int)reply;
    if (code == CURLE_OK) {
        result->outcome = SMTP_ACCEPTED;
        return;
    }
    const bool is_about_us = code == CURLE_LOGIN_DENIED || code == CURLE_USE_SSL_FAILED;
    if (reply >= 500 && !is_about_us) {
        result->outcome = SMTP_REFUSED;
        snprintf(result->reason, sizeof result->reason, "the mail server refused it with %ld", reply);
        return;
    }
    result->outcome = SMTP_DELAYED;
    if (code == CURLE_LOGIN_DENIED) {
        snprintf(result->reason, sizeof result->reason, "the mail server does not accept the login");
    } else if (reply >= 400) {
        snprintf(result->reason, sizeof result->reason, "the mail server answered %ld", reply);
    } else {
        snprintf(result->reason, sizeof result->reason, "%s", words);
    }
}

static void set_up(CURL *curl, const struct smtp_server *server, struct transfer *transfer)
{
    const bool has_password = server->user != NULL;
    curl_easy_setopt(curl, CURLOPT_URL, server->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)(has_password ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    if (has_password) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, server->user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, server->password != NULL ? server->password : "");
    }
    if (server->authorities != NULL) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, server->authorities);
    }
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L); /* threads */
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)SMTP_CONNECT_S);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)SMTP_TOTAL_S);
    curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)SMTP_ANSWER_S);
    /* A kept connection would say goodbye as the handle is freed, and wait for an answer uninterruptibly. */
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(curl, CURLOPT_READDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_whether_cancelled);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, transfer);
}

struct smtp_result smtp_send(const struct smtp_server *server, const char *from, const char *to,
                             const char *message, size_t length, smtp_cancelled cancelled,
                             const void *context)
{
    struct smtp_result result = {.outcome = SMTP_DELAYED, .reason = "out of memory"};
    struct transfer transfer = {
        .message = message, .length = length, .cancelled = cancelled, .context = context};
    CURL *curl = curl_easy_init();
    struct curl_slist *recipients = curl_slist_append(NULL, to);
    if (curl != NULL && recipients != NULL) {
        long reply = 0;
        set_up(curl, server, &transfer);
        curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from);
        curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
        const CURLcode code = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply);
        result.reason[0] = '\0';
        judge(code, reply, curl_easy_strerror(code), &result);
    }
    curl_slist_free_all(recipients);
    curl_easy_cleanup(curl);
    return result;
}
