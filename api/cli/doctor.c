#include "cli/doctor.h"

#include "base/json_writer.h"
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SENTENCE_SIZE 1024
#define AREA_WIDTH    14
#define STATE_WIDTH   8

void doctor_add(struct doctor *doctor, const char *area, enum doctor_state state, const char *todo,
                const char *format, ...)
{
    if (doctor->count == DOCTOR_FINDINGS_MAX) {
        return;
    }
    char sentence[SENTENCE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    doctor->findings[doctor->count++] = (struct doctor_finding){
        .area = area, .state = state, .says = arena_copy(doctor->arena, sentence), .todo = todo};
}

static const char *state_name(enum doctor_state state)
{
    static const char *const names[] = {[DOCTOR_GOOD] = "good",
                                        [DOCTOR_WARNING] = "warning",
                                        [DOCTOR_BAD] = "bad",
                                        [DOCTOR_SKIPPED] = "skipped"};
    return names[state];
}

static size_t count_of(const struct doctor *doctor, enum doctor_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < doctor->count; i++) {
        count += doctor->findings[i].state == state;
    }
    return count;
}

static void print_table(const struct doctor *doctor)
{
    for (size_t i = 0; i < doctor->count; i++) {
        const struct doctor_finding *finding = &doctor->findings[i];
        printf("%-*s %-*s %s\n", STATE_WIDTH,
               finding->state == DOCTOR_BAD ? "BAD" : state_name(finding->state), AREA_WIDTH, finding->area,
               finding->says);
        if (finding->todo != NULL) {
            printf("%*s %s\n", STATE_WIDTH + 1 + AREA_WIDTH + 3, "→", finding->todo);
        }
    }
    const size_t bad = count_of(doctor, DOCTOR_BAD), warnings = count_of(doctor, DOCTOR_WARNING);
    if (bad == 0) {
        printf("\nall is well%s\n", warnings > 0 ? ", but for the warnings" : "");
    } else {
        printf("\n%zu %s\n", bad, bad == 1 ? "thing is bad" : "things are bad");
    }
}

static void print_json(const struct doctor *doctor)
{
    struct text out = arena_text(doctor->arena, 8192);
    struct json_writer json = json_writer(&out);
    emit_begin_object(&json);
    emit_member_bool(&json, "good", count_of(doctor, DOCTOR_BAD) == 0);
    emit_name(&json, "findings");
    emit_begin_array(&json);
    for (size_t i = 0; i < doctor->count; i++) {
        const struct doctor_finding *finding = &doctor->findings[i];
        emit_begin_object(&json);
        emit_member_string(&json, "area", finding->area);
        emit_member_string(&json, "state", state_name(finding->state));
        emit_member_string(&json, "says", finding->says);
        emit_member_string(&json, "todo", finding->todo);
        emit_end_object(&json);
    }
    emit_end_array(&json);
    emit_end_object(&json);
    puts(text_string(&out));
}

int command_doctor(const struct config *config, int count, char **arguments)
{
    (void)config; /* none was read: that it cannot be is a finding */
    const bool as_json = count == 1 && strcmp(arguments[0], "--json") == 0;
    if (count > 0 && !as_json) {
        return cli_usage("doctor");
    }
    struct arena arena;
    arena_init(&arena);
    struct detail detail;
    detail_init(&detail, &arena);
    struct config own;
    struct doctor *doctor = arena_zeroed(&arena, 1, sizeof *doctor);
    doctor->arena = &arena;
    doctor->config = &own;
    if (config_read(&arena, &own, &detail) != STATUS_OK) {
        doctor_add(doctor, "configuration", DOCTOR_BAD,
                   "Set it right: mypos help environment lists all of them.", "%s", detail.text);
    } else {
        doctor_add(doctor, "configuration", DOCTOR_GOOD, NULL,
                   "every MYPOS_ variable has a value that is understood");
        doctor_look_at_machine(doctor);
        doctor_look_at_aws(doctor);
    }
    if (as_json) {
        print_json(doctor);
    } else {
        print_table(doctor);
    }
    const int code = count_of(doctor, DOCTOR_BAD) == 0 ? CLI_OK : CLI_FAILED;
    arena_free(&arena);
    return code;
}
