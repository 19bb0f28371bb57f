/* Webhooks: which addresses they may lead to, which URLs, and signatures by the specification's own example.
 */
#include "notify/webhook/webhook_address.h"
#include "notify/webhook/webhook_lookup.h"
#include "notify/webhook/webhook_sender.h"
#include "notify/webhook/webhook_signature.h"
#include "notify/webhook/webhook_url.h"

#include "unit.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

static void read_address(const char *text, struct sockaddr_storage *address)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        memcpy(address, &v4, sizeof v4);
    } else {
        assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
        memcpy(address, &v6, sizeof v6);
    }
}

static enum webhook_address judge(const char *text)
{
    struct sockaddr_storage address;
    read_address(text, &address);
    return webhook_address_judge((const struct sockaddr *)&address);
}

static void addresses_of_the_internet_are_public(void **state)
{
    static const char *const addresses[] = {
        "1.1.1.1",          "8.8.8.8",         "9.255.255.255",   "11.0.0.0",     "100.63.255.255",
        "100.128.0.0",      "126.255.255.255", "128.0.0.0",       "169.253.0.1",  "172.15.255.255",
        "172.32.0.0",       "192.167.255.255", "192.169.0.0",     "198.17.0.1",   "198.20.0.0",
        "223.255.255.255",  "168.63.129.15",   "2606:4700::1111", "2a00:1450::1", "2002:808:808::1",
        "64:ff9b::808:808", "::ffff:8.8.8.8",  "2001:4860::8888"};
    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        if (judge(addresses[i]) != WEBHOOK_ADDRESS_PUBLIC) {
            fail_msg("%s is public", addresses[i]);
        }
    }
}

static void addresses_of_nobody_on_the_internet_are_private(void **state)
{
    static const char *const addresses[] = {"127.0.0.1",        "127.255.255.255",  "::1",
                                            "::ffff:127.0.0.1", "2002:7f00:1::1",   "10.0.0.1",
                                            "100.64.0.1",       "100.127.255.255",  "172.16.0.1",
                                            "172.31.255.255",   "192.0.2.1",        "192.88.99.1",
                                            "192.168.1.1",      "198.18.0.1",       "198.19.255.255",
                                            "198.51.100.1",     "203.0.113.1",      "fec0::1",
                                            "fc00::1",          "2001:db8::1",      "2001::1",
                                            "2001:10::1",       "2001:20::1",       "3fff::1",
                                            "100::1",           "5f00::1",          "::10.0.0.1",
                                            "::ffff:10.0.0.1",  "64:ff9b::a00:1",   "64:ff9b:1::1",
                                            "2002:a00:1::1",    "2002:c0a8:101::1", "::7f00:1"};
    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        if (judge(addresses[i]) != WEBHOOK_ADDRESS_PRIVATE) {
            fail_msg("%s is private", addresses[i]);
        }
    }
}

static const char *const never[] = {
    "0.0.0.0",   "100.100.100.200",  "169.254.169.254",    "169.254.170.2",         "192.0.0.192",
    "224.0.0.1", "239.255.255.255",  "240.0.0.1",          "255.255.255.255",       "168.63.129.16",
    "::",        "fe80::1",          "fd00:ec2::254",      "fd00:ec2::23",          "fd20:ce::254",
    "ff02::1",   "2002:a9fe:a9fe::", "64:ff9b::a9fe:a9fe", "::ffff:169.254.169.254"};

static void no_network_allows_metadata_and_link_local_addresses(void **state)
{
    struct webhook_networks all;
    struct sockaddr_storage address;
    (void)state;
    assert_true(webhook_networks_read("0.0.0.0/0,::/0", &all));
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        read_address(never[i], &address);
        if (judge(never[i]) != WEBHOOK_ADDRESS_NEVER ||
            webhook_address_is_allowed((const struct sockaddr *)&address, &all)) {
            fail_msg("%s is never allowed", never[i]);
        }
    }
    const struct sockaddr_un local = {.sun_family = AF_UNIX};
    assert_int_equal(webhook_address_judge((const struct sockaddr *)&local), WEBHOOK_ADDRESS_NEVER);
    assert_false(webhook_address_is_allowed((const struct sockaddr *)&local, &all));
}

static void networks_are_allowed_to_the_bit(void **state)
{
    static const struct {
        const char *address;
        bool is_allowed;
    } cases[] = {{"10.0.0.7", true},         {"10.0.0.8", false},      {"192.168.0.1", true},
                 {"192.168.1.255", true},    {"192.168.2.0", false},   {"fd12:3456::9", true},
                 {"fd12:3457::9", false},    {"127.0.0.1", false},     {"::1", false},
                 {"::ffff:10.0.0.7", true},  {"64:ff9b::a00:7", true}, {"2002:a00:7::1", true},
                 {"::ffff:10.0.0.8", false}, {"::10.0.0.7", false},    {"8.8.8.8", true}};
    struct webhook_networks networks;
    struct sockaddr_storage address;
    (void)state;
    assert_true(webhook_networks_read("10.0.0.7,192.168.0.0/23,fd12:3456::/32", &networks));
    assert_int_equal(networks.count, 3);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        read_address(cases[i].address, &address);
        if (webhook_address_is_allowed((const struct sockaddr *)&address, &networks) != cases[i].is_allowed) {
            fail_msg("%s", cases[i].address);
        }
    }
}

static void networks_are_read_or_refused(void **state)
{
    static const char *const wrong[] = {
        "10.0.0.0/33", "10.0.0.0/",     "10.0.0.0/8,",    ",",
        "10.0.0.1/8",  "10/8",          "fd00::/129",     "shop.lan",
        "10.0.0.0/8 ", "10.0.0.0/-1",   "169.254.0.0/16", "169.254.169.254",
        "fe80::/10",   "fd00:ec2::254", "224.0.0.0/8",    "1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7"};
    struct webhook_networks networks;
    (void)state;
    assert_true(webhook_networks_read("", &networks));
    assert_int_equal(networks.count, 0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (webhook_networks_read(wrong[i], &networks)) {
            fail_msg("%s is no network", wrong[i]);
        }
    }
}

static void urls_are_judged_as_they_are_written(void **state)
{
    (void)state;
    struct webhook_networks none, here;
    assert_true(webhook_networks_read("", &none));
    assert_true(webhook_networks_read("127.0.0.0/8,192.168.1.0/24", &here));
    assert_null(webhook_url_fault("https://shop.example/mypos?x=1", &none));
    assert_null(webhook_url_fault("https://shop.example:8443/", &none));
    assert_null(webhook_url_fault("https://8.8.8.8/", &none));
    assert_null(webhook_url_fault("https://127.0.0.1:8443/", &here));
    assert_null(webhook_url_fault("http://127.0.0.1:8080/", &here));
    assert_null(webhook_url_fault("http://localhost:8080/", &here));
    assert_null(webhook_url_fault("http://192.168.1.20/mypos", &here));
    assert_null(webhook_url_fault("https://192.168.1.20/mypos", &here));
    assert_non_null(webhook_url_fault("https://192.168.2.20/mypos", &here));
    assert_non_null(webhook_url_fault("http://8.8.8.8/", &here));
    assert_non_null(webhook_url_fault("https://169.254.169.254/", &here));
    assert_non_null(webhook_url_fault("http://shop.example/", &here));
    assert_non_null(webhook_url_fault("http://10.0.0.1/", &here));
    assert_non_null(webhook_url_fault("https://10.0.0.1/", &here));
    assert_non_null(webhook_url_fault("https://127.0.0.1/", &none));
    assert_non_null(webhook_url_fault("https://127.1/", &none));
    assert_non_null(webhook_url_fault("https://0177.0.0.1/", &none));
    assert_non_null(webhook_url_fault("https://LOCALHOST/", &none));
    assert_non_null(webhook_url_fault("https://a b/", &none));
    assert_non_null(webhook_url_fault("https:///shop.example/", &none));
    assert_non_null(webhook_url_fault("https://u@shop.example/", &none));
    assert_non_null(webhook_url_fault("https://shop.example/#f", &none));
    assert_non_null(webhook_url_fault("file:///etc/passwd", &none));
    assert_non_null(webhook_url_fault("https://stra\303\237e.example/", &none));
    assert_non_null(webhook_url_fault("", &none));
}

/* Computed by another implementation of HMAC; the message is that of the specification's example. */
static void signature_is_that_of_the_specification(void **state)
{
    static const char body[] = "{\"test\": 2432232314}";
    char buffer[256], text[WEBHOOK_SECRET_TEXT_SIZE];
    struct webhook_secret secrets[2];
    (void)state;
    for (uint8_t i = 0; i < WEBHOOK_SECRET_SIZE; i++) {
        secrets[0].bytes[i] = i;
        secrets[1].bytes[i] = (uint8_t)(255 - i);
    }
    assert_string_equal(webhook_secret_format(&secrets[0], text),
                        "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    struct text one = text_over(buffer, sizeof buffer);
    webhook_sign(&one, secrets, 1, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, sizeof body - 1);
    assert_string_equal(text_string(&one), "v1,O4Gjv1HqPqsMrjmczoggs/sWA8gZD0VyHG+fLh4+ktI=");
    struct text two = text_over(buffer, sizeof buffer);
    webhook_sign(&two, secrets, 2, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, sizeof body - 1);
    assert_memory_equal(two.data, "v1,O4Gjv1HqPqsMrjmczoggs/sWA8gZD0VyHG+fLh4+ktI= v1,", 50);
}

/* --- names --- */

/* A socket that takes questions and never answers; its address as text. */
static int silent_name_server(char text[static 32])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    const int server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(server, (struct sockaddr *)&address, &length), 0);
    snprintf(text, 32, "127.0.0.1:%u", ntohs(address.sin_port));
    return server;
}

static size_t threads_of_this_process(void)
{
    DIR *tasks = opendir("/proc/self/task");
    size_t count = 0;
    assert_non_null(tasks);
    for (const struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    closedir(tasks);
    return count;
}

/* Where libcurl looks a name up, a thread of its own blocks, and whoever drops the transfer waits for it. */
static void no_thread_waits_for_a_silent_name_server(void **state)
{
    enum {
        MESSAGES = 40
    };
    static const struct webhook_secret secret;
    char servers[32], question[512];
    struct webhook_sender *sender;
    struct webhook_result result;
    (void)state;
    const int server = silent_name_server(servers);
    const struct webhook_sender_options options = {.name_servers = servers};
    assert_int_equal(webhook_sender_open(&options, &sender), STATUS_OK);
    const size_t threads = threads_of_this_process();
    for (int i = 0; i < MESSAGES; i++) {
        const struct webhook_message message = {.url = "https://silent.shop.test/",
                                                .message_id = "1",
                                                .secrets = &secret,
                                                .secret_count = 1,
                                                .body = "{}",
                                                .length = 2,
                                                .context = sender};
        assert_int_equal(webhook_sender_start(sender, &message), STATUS_OK);
    }
    webhook_sender_run(sender, 0);
    assert_true(recv(server, question, sizeof question, 0) > 0);
    assert_int_equal(threads_of_this_process(), threads);
    assert_int_equal(webhook_sender_busy(sender), MESSAGES);
    assert_false(webhook_sender_result(sender, &result));
    for (int i = 0; i < MESSAGES; i++) {
        assert_ptr_equal(webhook_sender_give_up(sender), sender);
    }
    assert_null(webhook_sender_give_up(sender));
    webhook_sender_close(sender);
    close(server);
}

static int receiver_that_listens(char url[static 64])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    const int receiver = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(receiver, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(receiver, 1), 0);
    assert_int_equal(getsockname(receiver, (struct sockaddr *)&address, &length), 0);
    snprintf(url, 64, "http://127.0.0.1:%u/", ntohs(address.sin_port));
    return receiver;
}

static void send_to(struct webhook_sender *sender, const char *url)
{
    static const struct webhook_secret secret;
    const struct webhook_message message = {
        .url = url, .message_id = "1", .secrets = &secret, .secret_count = 1, .body = "{}", .length = 2};
    assert_int_equal(webhook_sender_start(sender, &message), STATUS_OK);
}

/* Whoever sends does other things between two looks, and these can take long. */
static void nobody_is_late_while_nobody_watches(void **state)
{
    enum {
        PATIENCE_MS = 1000
    };
    static const char answer[] = "HTTP/1.1 204 No Content\r\n\r\n";
    struct webhook_sender_options options = {.patience_ms = PATIENCE_MS};
    struct webhook_sender *sender;
    struct webhook_result result;
    char url[64], request[4096];
    (void)state;
    assert_true(webhook_networks_read("127.0.0.1", &options.networks));
    const int receiver = receiver_that_listens(url);
    assert_int_equal(webhook_sender_open(&options, &sender), STATUS_OK);
    send_to(sender, url);
    webhook_sender_run(sender, 10);
    const int connection = accept(receiver, NULL, NULL);
    while (recv(connection, request, sizeof request, MSG_DONTWAIT) <= 0) {
        webhook_sender_run(sender, 10);
    }
    assert_int_equal(send(connection, answer, sizeof answer - 1, MSG_NOSIGNAL), sizeof answer - 1);
    usleep((PATIENCE_MS + 100) * 1000);
    while (!webhook_sender_result(sender, &result)) {
        webhook_sender_run(sender, 10);
    }
    assert_int_equal(result.outcome, WEBHOOK_ACCEPTED);
    send_to(sender, url);
    while (!webhook_sender_result(sender, &result)) {
        webhook_sender_run(sender, 10);
    }
    assert_int_equal(result.outcome, WEBHOOK_DOWN);
    assert_true(result.latency_ms >= PATIENCE_MS);
    assert_non_null(strstr(result.reason, "did not answer"));
    webhook_sender_close(sender);
    close(connection);
    close(receiver);
}

static void the_host_of_a_url_is_as_libcurl_keeps_it(void **state)
{
    struct arena arena;
    struct webhook_url_host host;
    (void)state;
    arena_init(&arena);
    assert_true(webhook_url_read_host(&arena, "https://xn--bcher-kva.example./a", &host));
    assert_string_equal(host.name, "xn--bcher-kva.example");
    assert_int_equal(host.port, 443);
    assert_false(host.is_address);
    assert_true(webhook_url_read_host(&arena, "https://[2606:4700::1111]:8443/", &host));
    assert_int_equal(host.port, 8443);
    assert_true(host.is_address);
    assert_true(webhook_url_read_host(&arena, "https://0x8.8.8.8/", &host));
    assert_true(host.is_address);
    arena_free(&arena);
}

static void name_servers_are_read(void **state)
{
    (void)state;
    assert_true(webhook_lookup_reads_servers("10.0.0.2"));
    assert_true(webhook_lookup_reads_servers("10.0.0.2:5353,[fd00::2]:53"));
    assert_false(webhook_lookup_reads_servers("dns.example"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_the_internet_are_public),
        cmocka_unit_test(addresses_of_nobody_on_the_internet_are_private),
        cmocka_unit_test(no_network_allows_metadata_and_link_local_addresses),
        cmocka_unit_test(networks_are_allowed_to_the_bit),
        cmocka_unit_test(networks_are_read_or_refused),
        cmocka_unit_test(urls_are_judged_as_they_are_written),
        cmocka_unit_test(signature_is_that_of_the_specification),
        cmocka_unit_test(the_host_of_a_url_is_as_libcurl_keeps_it),
        cmocka_unit_test(name_servers_are_read),
        cmocka_unit_test(no_thread_waits_for_a_silent_name_server),
        cmocka_unit_test(nobody_is_late_while_nobody_watches),
    };
    return cmocka_run_group_tests_name("webhook", tests, NULL, NULL);
}
