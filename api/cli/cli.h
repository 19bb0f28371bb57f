/*
 * Subcommands. A new one is a row in the table of cli/cli.c and a file of its own.
 */
#ifndef MYPOS_CLI_CLI_H
#define MYPOS_CLI_CLI_H

#include "cli/config.h"

/* Exit codes. */
enum cli_exit {
    CLI_OK = 0,
    CLI_FAILED = 1, /* it was understood, but did not work */
    CLI_USAGE = 2,  /* it was not understood */
};

struct command {
    const char *name;      /* "serve", "journal verify" */
    const char *arguments; /* "FILE [--dry-run]" */
    const char *summary;   /* one line */
    const char *help;      /* what else to know; lines end in "\n" */
    bool needs_config;     /* the environment is read and checked first */
    /* `arguments` are those after the name. Returns an exit code. */
    int (*run)(const struct config *config, int count, char **arguments);
};

extern const struct command commands[]; /* ends with a NULL name */

/* Finds and runs the subcommand of a command line. */
int cli_run(int count, char **arguments);

/* Prints "mypos: …" on standard error. */
int cli_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "Usage: mypos NAME ARGUMENTS" on standard error, for arguments that are not understood. CLI_USAGE. */
int cli_usage(const char *name);

int command_seed_demo(const struct config *config, int count, char **arguments);
int command_serve(const struct config *config, int count, char **arguments);
int command_backup(const struct config *config, int count, char **arguments);
int command_journal_export(const struct config *config, int count, char **arguments);
int command_journal_verify(const struct config *config, int count, char **arguments);
int command_catalog_digest(const struct config *config, int count, char **arguments);
int command_doctor(const struct config *config, int count, char **arguments);
int command_import_products(const struct config *config, int count, char **arguments);
int command_migrate(const struct config *config, int count, char **arguments);
int command_move(const struct config *config, int count, char **arguments);
int command_verify(const struct config *config, int count, char **arguments);
int command_version(const struct config *config, int count, char **arguments);

#endif
