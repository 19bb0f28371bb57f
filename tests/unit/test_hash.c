/* SHA-256, against the vectors of FIPS 180-4 (NIST's examples). */
#include "base/hash.h"

#include "unit.h"

static void hash_is_sha_256(void **state)
{
    (void)state;
    char text[HASH_TEXT_SIZE];
    struct hash hash = hash_of("abc", 3);
    assert_string_equal(hash_format(&hash, text),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    hash = hash_of("", 0);
    assert_string_equal(hash_format(&hash, text),
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void hash_of_a_stream_is_that_of_the_whole(void **state)
{
    (void)state;
    struct unit_random random = unit_random();
    char bytes[500];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (char)unit_random_next(&random);
    }
    const struct hash whole = hash_of(bytes, sizeof bytes);
    for (int round = 0; round < 1000; round++) {
        struct hash_stream stream = hash_stream();
        for (size_t at = 0, piece; at < sizeof bytes; at += piece) {
            piece = unit_random_below(&random, 200);
            piece = piece < sizeof bytes - at ? piece : sizeof bytes - at;
            hash_stream_add(&stream, bytes + at, piece);
            const struct hash_stream copy = stream; /* goes on by itself */
            stream = copy;
        }
        const struct hash hash = hash_stream_end(&stream);
        assert_memory_equal(hash.bytes, whole.bytes, HASH_SIZE);
    }
}

static void hash_of_strings_tells_their_borders(void **state)
{
    (void)state;
    const struct hash a = hash_of_strings((const char *[]){"ab", "c"}, 2);
    const struct hash b = hash_of_strings((const char *[]){"a", "bc"}, 2);
    assert_memory_not_equal(a.bytes, b.bytes, HASH_SIZE);
}

static void hash_reads_back_what_it_wrote(void **state)
{
    (void)state;
    char text[HASH_TEXT_SIZE];
    const struct hash hash = hash_of("abc", 3);
    struct hash read;
    hash_format(&hash, text);
    assert_true(hash_parse(text, &read));
    assert_memory_equal(hash.bytes, read.bytes, HASH_SIZE);
    text[63] = '\0';
    assert_false(hash_parse(text, &read));
    assert_false(hash_parse("", &read));
    assert_false(hash_parse("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0", &read));
    assert_false(hash_parse("ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", &read));
}

/* RFC 4231, test cases 2 and 6. */
static void hmac_is_the_standard_one(void **state)
{
    (void)state;
    char text[HASH_TEXT_SIZE], key[131];
    struct hash hash = hash_hmac("Jefe", 4, "what do ya want for nothing?", 28);
    assert_string_equal(hash_format(&hash, text),
                        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    hash = hash_hmac(key, sizeof key, "Test Using Larger Than Block-Size Key - Hash Key First", 54);
    assert_string_equal(hash_format(&hash, text),
                        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_is_sha_256),
        cmocka_unit_test(hash_of_a_stream_is_that_of_the_whole),
        cmocka_unit_test(hash_of_strings_tells_their_borders),
        cmocka_unit_test(hash_reads_back_what_it_wrote),
        cmocka_unit_test(hmac_is_the_standard_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
