/* Mail: addresses that are taken, and messages that hold what people wrote, whatever that is. */
#include "base/worker.h"
#include "notify/mail.h"
#include "notify/smtp.h"

#include "unit.h"

static char buffer[1 << 16];

static struct mail message(void)
{
    return (struct mail){
        .from_name = "Corner Shop",
        .from = "receipts@shop.example",
        .to = "ada@example.org",
        .subject = "Receipt K1-000042",
        .message_id = "01a20393-40b2",
        .at_ms = 1795356309123,
        .text = "Tea 2.50\n",
        .text_length = 9,
        .html = "<p>Tea</p>",
        .html_length = 10,
    };
}

static const char *written(const struct mail *mail)
{
    struct text text = text_over(buffer, sizeof buffer);
    mail_write(&text, mail);
    assert_false(text.overflowed);
    return text_string(&text);
}

static void mail_is_written_as_rfc_5322_has_it(void **state)
{
    (void)state;
    const struct mail mail = message();
    assert_string_equal(written(&mail), "Date: Sun, 22 Nov 2026 14:05:09 +0000\r\n"
                                        "From: Corner Shop\r\n"
                                        " <receipts@shop.example>\r\n"
                                        "To: ada@example.org\r\n"
                                        "Subject: Receipt K1-000042\r\n"
                                        "Message-ID: <01a20393-40b2@shop.example>\r\n"
                                        "Auto-Submitted: auto-generated\r\n"
                                        "MIME-Version: 1.0\r\n"
                                        "Content-Type: multipart/alternative;\r\n"
                                        " boundary=\"=_mypos_01a20393-40b2\"\r\n"
                                        "\r\n"
                                        "--=_mypos_01a20393-40b2\r\n"
                                        "Content-Type: text/plain; charset=utf-8\r\n"
                                        "Content-Transfer-Encoding: base64\r\n"
                                        "\r\n"
                                        "VGVhIDIuNTAK\r\n"
                                        "--=_mypos_01a20393-40b2\r\n"
                                        "Content-Type: text/html; charset=utf-8\r\n"
                                        "Content-Transfer-Encoding: base64\r\n"
                                        "\r\n"
                                        "PHA+VGVhPC9wPg==\r\n"
                                        "--=_mypos_01a20393-40b2--\r\n");
}

static void mail_encodes_words_that_are_not_plain(void **state)
{
    (void)state;
    struct mail mail = message();
    mail.from_name = "Müller";
    mail.subject = "Beleg – fünfundzwanzig Grüße aus der Bäckerei";
    const char *text = written(&mail);
    assert_non_null(strstr(text, "From: =?utf-8?B?TcO8bGxlcg==?=\r\n <receipts@shop.example>\r\n"));
    assert_non_null(strstr(text,
                           "Subject: =?utf-8?B?QmVsZWcg4oCTIGbDvG5mdW5kendhbnppZyBHcsO8w59lIGF1cyBk?=\r\n"
                           " =?utf-8?B?ZXIgQsOkY2tlcmVp?=\r\n"));
    mail.from_name = NULL;
    assert_non_null(strstr(written(&mail), "From: receipts@shop.example\r\n"));
}

/* Whatever a name, a subject or a body is: the header has the lines that it should have, and no more. */
static void mail_headers_cannot_be_added_to(void **state)
{
    (void)state;
    struct unit_random random = unit_random();
    static const char *const pieces[] = {"\r\n",       "\n", "\r",   "Bcc: eve@example.org",
                                         "\r\n\r\n",   "ü",  "茶",   " ",
                                         "=?utf-8?B?", "?=", "\"",   "<",
                                         ">",          ".",  "\xff", "--=_mypos_x",
                                         "a"};
    static const char *const headers[] = {
        "Date: ",       "From: ",           "To: ",           "Subject: ",
        "Message-ID: ", "Auto-Submitted: ", "MIME-Version: ", "Content-Type: "};
    for (int round = 0; round < 20000; round++) {
        char words[3][512] = {"", "", ""};
        for (size_t i = 0; i < 3; i++) {
            for (uint64_t count = unit_random_below(&random, 24); count > 0; count--) {
                strcat(words[i], pieces[unit_random_below(&random, sizeof pieces / sizeof *pieces)]);
            }
        }
        struct mail mail = message();
        mail.from_name = words[0];
        mail.subject = words[1];
        mail.text = mail.html = words[2];
        mail.text_length = mail.html_length = strlen(words[2]);
        const char *line = written(&mail);
        size_t header = 0;
        unsigned boundaries = 0;
        bool in_body = false;
        while (*line != '\0') {
            const size_t length = strcspn(line, "\r\n");
            assert_memory_equal(line + length, "\r\n", 2);
            assert_in_range(length, 0, 78);
            if (!in_body && length > 0 && *line != ' ') {
                assert_in_range(header, 0, 7);
                assert_memory_equal(line, headers[header], strlen(headers[header]));
                header++;
            }
            in_body = in_body || length == 0;
            boundaries += length > 2 && memcmp(line, "--", 2) == 0;
            line += length + 2;
        }
        assert_int_equal(header, 8);
        assert_int_equal(boundaries, 3);
    }
}

static void mail_addresses_are_plain(void **state)
{
    (void)state;
    static const char *const good[] = {
        "a@b",   "ada@example.org", "ada.o'hara+tea@mail.example.org", "x@xn--bcher-kva.example",
        "1@2.3", "ada@ex-ample.org"};
    static const char *const bad[] = {"",
                                      "@",
                                      "ada",
                                      "ada@",
                                      "@example.org",
                                      "ada@.org",
                                      "ada@example.",
                                      "ada@example..org",
                                      "ada@-example.org",
                                      "ada@example-.org",
                                      "ada @example.org",
                                      "ada@example.org\r\n",
                                      "a\r\nb@example.org",
                                      "a@b@c",
                                      "\"ada\"@example.org",
                                      "ada@[127.0.0.1]",
                                      "ada@ex_ample.org",
                                      "ädä@example.org",
                                      "ada@exämple.org",
                                      "<ada@example.org>",
                                      "ada@example.org,eve@example.org"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(mail_address_is_valid(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(mail_address_is_valid(bad[i]));
    }
    char longest[MAIL_ADDRESS_MAX + 8];
    snprintf(longest, sizeof longest, "%0*d@b.example", 64, 0);
    assert_true(mail_address_is_valid(longest));
    snprintf(longest, sizeof longest, "%0*d@b.example", 65, 0);
    assert_false(mail_address_is_valid(longest));
}

static void mail_senders_have_a_name_or_none(void **state)
{
    (void)state;
    char name[MAIL_NAME_MAX + 1], address[MAIL_ADDRESS_MAX + 1];
    assert_true(mail_read_sender("Tee & Söhne <receipts@shop.example>", name, address));
    assert_string_equal(name, "Tee & Söhne");
    assert_string_equal(address, "receipts@shop.example");
    assert_true(mail_read_sender("receipts@shop.example", name, address));
    assert_string_equal(name, "");
    assert_true(mail_read_sender("<receipts@shop.example>", name, address));
    assert_string_equal(name, "");
    assert_false(mail_read_sender("", name, address));
    assert_false(mail_read_sender("Shop", name, address));
    assert_false(mail_read_sender("Shop <receipts@shop.example", name, address));
    assert_false(mail_read_sender("Shop <>", name, address));
    assert_false(mail_read_sender("Shop <a@b> <", name, address));
}

static void smtp_urls_name_a_server_and_no_secret(void **state)
{
    (void)state;
    assert_true(smtp_url_is_valid("smtp://mail.example:587"));
    assert_true(smtp_url_is_valid("smtps://[::1]:465"));
    assert_false(smtp_url_is_valid("smtp://"));
    assert_false(smtp_url_is_valid("mail.example"));
    assert_false(smtp_url_is_valid("http://mail.example"));
    assert_false(smtp_url_is_valid("smtp://user:secret@mail.example"));
}

static void backoff_doubles_up_to_its_cap(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        assert_in_range(worker_backoff_ms(1, 1000, 60000), 500, 1000);
        assert_in_range(worker_backoff_ms(3, 1000, 60000), 2000, 4000);
        assert_in_range(worker_backoff_ms(1000000, 1000, 60000), 30000, 60000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mail_is_written_as_rfc_5322_has_it),
        cmocka_unit_test(mail_encodes_words_that_are_not_plain),
        cmocka_unit_test(mail_headers_cannot_be_added_to),
        cmocka_unit_test(mail_addresses_are_plain),
        cmocka_unit_test(mail_senders_have_a_name_or_none),
        cmocka_unit_test(smtp_urls_name_a_server_and_no_secret),
        cmocka_unit_test(backoff_doubles_up_to_its_cap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
