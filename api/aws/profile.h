/*
 * Profile: the files that AWS's tools share ("Shared config and credentials files" in the AWS SDKs and Tools
 * Reference Guide): ~/.aws/credentials with sections [NAME], ~/.aws/config with [default] and [profile NAME].
 * What the first says goes before the second. AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE name others,
 * AWS_PROFILE the profile.
 */
#ifndef MYPOS_AWS_PROFILE_H
#define MYPOS_AWS_PROFILE_H

#include "base/arena.h"

#define PROFILE_LINE_MAX 16384

/* AWS_PROFILE, or "default". */
const char *profile_name(void);

/* Whether a file has a section of that profile. */
bool profile_exists(void);

/* A setting of the profile, in the arena; NULL: there is none. */
const char *profile_value(struct arena *arena, const char *setting);

#endif
