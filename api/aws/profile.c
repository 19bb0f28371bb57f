#include "aws/profile.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPACES " \t\r\n"

/* The two files, the stronger first. */
static const struct {
    const char *variable, *name, *prefix; /* prefix: of the section, but for default */
} files[] = {
    {"AWS_SHARED_CREDENTIALS_FILE", "credentials", ""},
    {"AWS_CONFIG_FILE", "config", "profile "},
};
#define FILES (sizeof files / sizeof *files)

const char *profile_name(void)
{
    const char *name = getenv("AWS_PROFILE");
    return name != NULL && *name != '\0' ? name : "default";
}

static FILE *open_file(size_t which)
{
    char path[PATH_MAX];
    const char *given = getenv(files[which].variable), *home = getenv("HOME");
    if (given != NULL && *given != '\0') {
        return fopen(given, "re");
    }
    if (home == NULL ||
        (size_t)snprintf(path, sizeof path, "%s/.aws/%s", home, files[which].name) >= sizeof path) {
        return NULL;
    }
    return fopen(path, "re");
}

/* Without the spaces around; changes the line. */
static char *trim(char *text)
{
    text += strspn(text, SPACES);
    size_t length = strlen(text);
    while (length > 0 && strchr(SPACES, text[length - 1]) != NULL) {
        text[--length] = '\0';
    }
    return text;
}

/* "[profile till]" of the config file, "[till]" of the other; "[default]" of both. */
static bool is_ours(char *line, const char *prefix)
{
    const char *name = profile_name();
    char *end = strchr(line, ']');
    if (end == NULL) {
        return false;
    }
    *end = '\0';
    const char *section = trim(line + 1);
    if (strcmp(name, "default") == 0 && strcmp(section, "default") == 0) {
        return true;
    }
    const size_t length = strlen(prefix);
    return strncmp(section, prefix, length) == 0 &&
           strcmp(section + length + strspn(section + length, SPACES), name) == 0;
}

/* Reads a file to the setting, or with none to the section; false when it does not come. */
static bool find(FILE *file, const char *prefix, const char *setting, struct arena *arena, const char **value)
{
    char buffer[PROFILE_LINE_MAX];
    bool ours = false;
    while (fgets(buffer, sizeof buffer, file) != NULL) {
        const bool is_nested = *buffer == ' ' || *buffer == '\t';
        char *line = trim(buffer);
        if (*line == '[') {
            ours = is_ours(line, prefix);
            if (ours && setting == NULL) {
                return true;
            }
            continue;
        }
        char *equals = strchr(line, '=');
        if (!ours || setting == NULL || is_nested || *line == '#' || *line == ';' || equals == NULL) {
            continue;
        }
        *equals = '\0';
        if (strcmp(trim(line), setting) == 0) {
            *value = arena_copy(arena, trim(equals + 1));
            return true;
        }
    }
    return false;
}

static bool search(const char *setting, struct arena *arena, const char **value)
{
    bool found = false;
    for (size_t i = 0; i < FILES && !found; i++) {
        FILE *file = open_file(i);
        if (file != NULL) {
            found = find(file, files[i].prefix, setting, arena, value);
            fclose(file);
        }
    }
    return found;
}

bool profile_exists(void)
{
    return search(NULL, NULL, NULL);
}

const char *profile_value(struct arena *arena, const char *setting)
{
    const char *value = NULL;
    return search(setting, arena, &value) && *value != '\0' ? value : NULL;
}
