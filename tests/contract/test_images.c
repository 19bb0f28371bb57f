/* Where pictures are kept: what the port promises, of a directory and of a bucket; and the client of S3. */
#include "aws/s3.h"
#include "base/clock.h"
#include "base/id.h"
#include "images/dir/images_dir.h"
#include "images/s3/images_s3.h"

#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define THREADS 4

struct fixture {
    struct arena arena;
    struct detail detail;
    struct images *images;
    char directory[64];
    struct aws *aws; /* NULL: there is none for tests */
    char bucket[64];
};

/* --- beginnings and ends ----------------------------------------------------------------------------- */

static void begin(struct fixture *fixture)
{
    memset(fixture, 0, sizeof *fixture);
    arena_init(&fixture->arena);
    detail_init(&fixture->detail, &fixture->arena);
}

static int start_dir(void **state)
{
    static struct fixture fixture;
    begin(&fixture);
    snprintf(fixture.directory, sizeof fixture.directory, "/tmp/mypos-images-XXXXXX");
    assert_non_null(mkdtemp(fixture.directory));
    assert_int_equal(images_dir_open(fixture.directory, &fixture.detail, &fixture.images), STATUS_OK);
    *state = &fixture;
    return 0;
}

static int stop_dir(void **state)
{
    struct fixture *fixture = *state;
    DIR *list = opendir(fixture->directory);
    const struct dirent *entry;
    while ((entry = readdir(list)) != NULL) {
        if (entry->d_type == DT_REG) {
            unlinkat(dirfd(list), entry->d_name, 0);
        }
    }
    closedir(list);
    rmdir(fixture->directory);
    fixture->images->ops->close(fixture->images);
    arena_free(&fixture->arena);
    return 0;
}

static void make_bucket(struct fixture *fixture)
{
    char id[ID_TEXT_SIZE];
    const struct id name = id_new();
    snprintf(fixture->bucket, sizeof fixture->bucket, "mypos-test-%s", id_format(&name, id));
    const char *body =
        arena_printf(&fixture->arena,
                     "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                     "<LocationConstraint>%s</LocationConstraint></CreateBucketConfiguration>",
                     aws_region(fixture->aws));
    const struct aws_request request = {.service = &aws_s3,
                                        .method = "PUT",
                                        .bucket = fixture->bucket,
                                        .body = body,
                                        .body_length = strlen(body)};
    struct aws_response response;
    assert_int_equal(aws_call(fixture->aws, &request, &fixture->arena, &response), AWS_OK);
}

static int start_s3(void **state)
{
    static struct fixture fixture;
    begin(&fixture);
    if (getenv("MYPOS_TEST_AWS") != NULL) {
        assert_int_equal(aws_open(&fixture.detail, &fixture.aws), STATUS_OK);
        make_bucket(&fixture);
        fixture.images = images_s3_open(fixture.aws, fixture.bucket, "");
    }
    *state = &fixture;
    return 0;
}

static int stop_s3(void **state)
{
    struct fixture *fixture = *state;
    if (fixture->images != NULL) {
        fixture->images->ops->close(fixture->images);
    }
    aws_close(fixture->aws);
    arena_free(&fixture->arena);
    return 0;
}

/* The fixture; skips the test when the backend is not there. */
static struct fixture *of(void **state)
{
    struct fixture *fixture = *state;
    if (fixture->images == NULL) {
        skip();
    }
    return fixture;
}

/* --- the port ---------------------------------------------------------------------------------------- */

static enum status keep(struct fixture *fixture, const char *name, const char *bytes, size_t length,
                        bool *is_new)
{
    const struct images_picture picture = {
        .name = name, .type = "image/webp", .bytes = bytes, .length = length};
    return fixture->images->ops->keep(fixture->images, &picture, &fixture->arena, is_new);
}

static enum status read_picture(struct fixture *fixture, const char *name, const char **bytes, size_t *length)
{
    return fixture->images->ops->read(fixture->images, name, &fixture->arena, bytes, length);
}

static void what_is_kept_is_read_back(void **state)
{
    static const char content[] = "RIFF\0\1\2\377 and so on";
    struct fixture *fixture = of(state);
    const char *bytes;
    size_t length;
    bool is_new = false;
    assert_int_equal(read_picture(fixture, "a-960.webp", &bytes, &length), STATUS_NOT_FOUND);
    assert_int_equal(keep(fixture, "a-960.webp", content, sizeof content, &is_new), STATUS_OK);
    assert_true(is_new);
    assert_int_equal(read_picture(fixture, "a-960.webp", &bytes, &length), STATUS_OK);
    assert_int_equal(length, sizeof content);
    assert_memory_equal(bytes, content, length);
    assert_int_equal(read_picture(fixture, "a-320.webp", &bytes, &length), STATUS_NOT_FOUND);
}

static void keeping_twice_is_keeping_once(void **state)
{
    struct fixture *fixture = of(state);
    const char *bytes;
    size_t length;
    bool is_new = false;
    assert_int_equal(keep(fixture, "b.webp", "one", 3, &is_new), STATUS_OK);
    assert_true(is_new);
    assert_int_equal(keep(fixture, "b.webp", "another", 7, &is_new), STATUS_OK);
    assert_false(is_new);
    assert_int_equal(read_picture(fixture, "b.webp", &bytes, &length), STATUS_OK);
    assert_string_equal(bytes, "one");
}

static void removing_twice_is_removing_once(void **state)
{
    struct fixture *fixture = of(state);
    const struct images *images = fixture->images;
    const char *bytes;
    size_t length;
    bool is_new;
    assert_int_equal(keep(fixture, "c.webp", "one", 3, &is_new), STATUS_OK);
    assert_int_equal(images->ops->remove(images, "c.webp", &fixture->arena), STATUS_OK);
    assert_int_equal(images->ops->remove(images, "c.webp", &fixture->arena), STATUS_OK);
    assert_int_equal(read_picture(fixture, "c.webp", &bytes, &length), STATUS_NOT_FOUND);
    assert_int_equal(keep(fixture, "c.webp", "two", 3, &is_new), STATUS_OK);
    assert_true(is_new);
}

static void a_large_picture_is_kept_whole(void **state)
{
    struct fixture *fixture = of(state);
    const size_t size = 3 << 20;
    char *content = malloc(size);
    const char *bytes;
    size_t length;
    bool is_new;
    assert_non_null(content);
    random_fill(content, size);
    assert_int_equal(keep(fixture, "d.webp", content, size, &is_new), STATUS_OK);
    assert_int_equal(read_picture(fixture, "d.webp", &bytes, &length), STATUS_OK);
    assert_int_equal(length, size);
    assert_memory_equal(bytes, content, size);
    free(content);
}

static void *keep_in_thread(void *context)
{
    struct fixture *fixture = context;
    const struct images_picture picture = {
        .name = "e.webp", .type = "image/webp", .bytes = "the same", .length = 8};
    struct arena arena;
    bool is_new;
    arena_init(&arena);
    const enum status status = fixture->images->ops->keep(fixture->images, &picture, &arena, &is_new);
    arena_free(&arena);
    return (void *)(uintptr_t)status;
}

static void threads_that_keep_the_same_all_succeed(void **state)
{
    struct fixture *fixture = of(state);
    pthread_t threads[THREADS];
    const char *bytes;
    size_t length;
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, keep_in_thread, fixture), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        void *status;
        pthread_join(threads[i], &status);
        assert_int_equal((uintptr_t)status, STATUS_OK);
    }
    assert_int_equal(read_picture(fixture, "e.webp", &bytes, &length), STATUS_OK);
    assert_string_equal(bytes, "the same");
}

/* --- the directory ----------------------------------------------------------------------------------- */

static void the_server_has_the_bytes_of_a_directory(void **state)
{
    struct fixture *fixture = of(state);
    const char *url = "";
    unsigned max_age_s;
    assert_int_equal(
        fixture->images->ops->locate(fixture->images, "a.webp", &fixture->arena, &url, &max_age_s),
        STATUS_OK);
    assert_null(url);
}

static void what_a_crash_left_unfinished_is_gone_at_the_next_start(void **state)
{
    struct fixture *fixture = of(state);
    const char *path = arena_printf(&fixture->arena, "%s/.unfinished-7", fixture->directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
    fixture->images->ops->close(fixture->images);
    assert_int_equal(images_dir_open(fixture->directory, &fixture->detail, &fixture->images), STATUS_OK);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void a_directory_that_cannot_be_made_is_refused_by_name(void **state)
{
    struct fixture *fixture = of(state);
    struct images *images = NULL;
    assert_int_equal(images_dir_open("/proc/none/images", &fixture->detail, &images), STATUS_INTERNAL_ERROR);
    assert_non_null(strstr(fixture->detail.text, "/proc/none/images"));
}

/* --- the bucket -------------------------------------------------------------------------------------- */

/* Whether the service takes the signature, tests/aws/product-images.test.mjs asks: moto takes none in an
 * address. */
static void a_private_bucket_gives_signed_addresses(void **state)
{
    struct fixture *fixture = of(state);
    const char *url = NULL;
    unsigned max_age_s = 0;
    assert_int_equal(
        fixture->images->ops->locate(fixture->images, "f.webp", &fixture->arena, &url, &max_age_s),
        STATUS_OK);
    assert_non_null(strstr(url, "/images/f.webp?"));
    assert_non_null(strstr(url, "X-Amz-Signature="));
    assert_non_null(strstr(url, "X-Amz-Expires=900"));
    assert_in_range(max_age_s, 1, 899);
}

static void a_public_address_needs_no_signature(void **state)
{
    struct fixture *fixture = of(state);
    struct images *images = images_s3_open(fixture->aws, fixture->bucket, "https://cdn.example/images");
    const char *url;
    unsigned max_age_s;
    assert_int_equal(images->ops->locate(images, "g.webp", &fixture->arena, &url, &max_age_s), STATUS_OK);
    assert_string_equal(url, "https://cdn.example/images/g.webp");
    images->ops->close(images);
}

static void objects_say_how_they_may_be_cached(void **state)
{
    struct fixture *fixture = of(state);
    bool is_new;
    assert_int_equal(keep(fixture, "h.webp", "bytes", 5, &is_new), STATUS_OK);
    const struct aws_request request = {
        .service = &aws_s3, .method = "HEAD", .bucket = fixture->bucket, .path = "/images/h.webp"};
    struct aws_response response;
    assert_int_equal(aws_call(fixture->aws, &request, &fixture->arena, &response), AWS_OK);
    assert_string_equal(aws_response_header(&response, "content-type"), "image/webp");
    assert_string_equal(aws_response_header(&response, "cache-control"), IMAGES_FOREVER);
}

static void a_bucket_that_is_not_there_is_storage_that_is_not_there(void **state)
{
    struct fixture *fixture = of(state);
    struct images *images = images_s3_open(fixture->aws, "mypos-test-no-such-bucket", "");
    const struct images_picture picture = {.name = "i.webp", .type = "image/webp", .bytes = "x", .length = 1};
    const char *bytes;
    size_t length;
    bool is_new;
    assert_int_equal(images->ops->keep(images, &picture, &fixture->arena, &is_new),
                     STATUS_STORAGE_UNAVAILABLE);
    assert_int_equal(images->ops->read(images, "i.webp", &fixture->arena, &bytes, &length),
                     STATUS_STORAGE_UNAVAILABLE);
    images->ops->close(images);
}

/* --- the client of S3 -------------------------------------------------------------------------------- */

static void put(struct fixture *fixture, const char *key)
{
    const struct s3_bucket bucket = {.aws = fixture->aws, .name = fixture->bucket};
    const struct s3_put object = {
        .key = key, .bytes = key, .length = strlen(key), .content_type = "text/plain"};
    assert_int_equal(s3_put(&bucket, &object, &fixture->arena), STATUS_OK);
}

/* Keys are plain: moto signs no others as AWS does. */
static void s3_lists_in_the_order_of_the_keys(void **state)
{
    static const char *const keys[] = {"list-1", "list-2", "list_1", "list~"};
    enum {
        COUNT = sizeof keys / sizeof *keys
    };
    struct fixture *fixture = of(state);
    const struct s3_bucket bucket = {.aws = fixture->aws, .name = fixture->bucket};
    const int64_t before_ms = clock_now_ms() - 2000;
    put(fixture, "lisu");
    for (size_t i = COUNT; i-- > 0;) {
        put(fixture, keys[i]);
    }
    const char *after = NULL;
    for (size_t i = 0; i < COUNT; i++) { /* page by page */
        struct s3_page page;
        assert_int_equal(s3_list(&bucket, "list", after, 1, &fixture->arena, &page), STATUS_OK);
        assert_int_equal(page.count, 1);
        assert_int_equal(page.more, i + 1 < COUNT);
        assert_string_equal(page.objects[0].key, keys[i]);
        assert_int_equal(page.objects[0].size, strlen(keys[i]));
        assert_in_range(page.objects[0].changed_at_ms, before_ms, clock_now_ms() + 2000);
        after = page.objects[0].key;
    }
    struct s3_page page;
    assert_int_equal(s3_list(&bucket, "list", after, 10, &fixture->arena, &page), STATUS_OK);
    assert_int_equal(page.count, 0);
    assert_false(page.more);
    for (size_t i = 0; i < COUNT; i++) {
        const char *bytes;
        size_t length;
        assert_int_equal(s3_get(&bucket, keys[i], &fixture->arena, &bytes, &length), STATUS_OK);
        assert_string_equal(bytes, keys[i]);
    }
}

static void s3_put_of_a_new_object_refuses_an_old_one(void **state)
{
    struct fixture *fixture = of(state);
    const struct s3_bucket bucket = {.aws = fixture->aws, .name = fixture->bucket};
    struct s3_put object = {
        .key = "new", .bytes = "1", .length = 1, .content_type = "text/plain", .only_new = true};
    struct s3_object head;
    const int64_t before_ms = clock_now_ms() - 5000;
    assert_int_equal(s3_head(&bucket, "new", &fixture->arena, &head), STATUS_NOT_FOUND);
    assert_int_equal(s3_put(&bucket, &object, &fixture->arena), STATUS_OK);
    assert_int_equal(s3_put(&bucket, &object, &fixture->arena), STATUS_ID_TAKEN);
    object.only_new = false;
    object.bytes = "22";
    object.length = 2;
    assert_int_equal(s3_put(&bucket, &object, &fixture->arena), STATUS_OK);
    assert_int_equal(s3_head(&bucket, "new", &fixture->arena, &head), STATUS_OK);
    assert_int_equal(head.size, 2);
    assert_in_range(head.changed_at_ms, before_ms, clock_now_ms() + 5000);
    assert_int_equal(head.tag[0], '"');
    assert_int_equal(s3_delete(&bucket, "new", &fixture->arena), STATUS_OK);
    assert_int_equal(s3_head(&bucket, "new", &fixture->arena, &head), STATUS_NOT_FOUND);
}

static bool add_to_text(void *context, const void *bytes, size_t length)
{
    text_add(context, bytes, length);
    return true;
}

static void s3_objects_come_in_pieces(void **state)
{
    struct fixture *fixture = of(state);
    const struct s3_bucket bucket = {.aws = fixture->aws, .name = fixture->bucket};
    struct text text = arena_text(&fixture->arena, 16);
    put(fixture, "pieces");
    assert_int_equal(s3_get_stream(&bucket, "pieces", &fixture->arena, add_to_text, &text), STATUS_OK);
    assert_string_equal(text_string(&text), "pieces");
    assert_int_equal(s3_get_stream(&bucket, "no pieces", &fixture->arena, add_to_text, &text),
                     STATUS_NOT_FOUND);
}

#define OF_BOTH(test)                                                                                        \
    cmocka_unit_test_setup_teardown(test, start_dir, stop_dir),                                              \
        cmocka_unit_test_setup_teardown(test, start_s3, stop_s3)
#define OF_DIR(test) cmocka_unit_test_setup_teardown(test, start_dir, stop_dir)
#define OF_S3(test)  cmocka_unit_test_setup_teardown(test, start_s3, stop_s3)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OF_BOTH(what_is_kept_is_read_back),
        OF_BOTH(keeping_twice_is_keeping_once),
        OF_BOTH(removing_twice_is_removing_once),
        OF_BOTH(a_large_picture_is_kept_whole),
        OF_BOTH(threads_that_keep_the_same_all_succeed),
        OF_DIR(the_server_has_the_bytes_of_a_directory),
        OF_DIR(what_a_crash_left_unfinished_is_gone_at_the_next_start),
        OF_DIR(a_directory_that_cannot_be_made_is_refused_by_name),
        OF_S3(a_private_bucket_gives_signed_addresses),
        OF_S3(a_public_address_needs_no_signature),
        OF_S3(objects_say_how_they_may_be_cached),
        OF_S3(a_bucket_that_is_not_there_is_storage_that_is_not_there),
        OF_S3(s3_lists_in_the_order_of_the_keys),
        OF_S3(s3_put_of_a_new_object_refuses_an_old_one),
        OF_S3(s3_objects_come_in_pieces),
    };
    return cmocka_run_group_tests_name("images", tests, NULL, NULL);
}
