#include "catalog/employee.h"

#include "base/clock.h"

#include <stddef.h>

#define COLUMNS "id, archived, username, name, password_hash, scopes"

static const char SELECT_BY_ID[] = "SELECT " COLUMNS " FROM employees WHERE id = ?1";
static const char SELECT_BY_USERNAME[] = "SELECT " COLUMNS " FROM employees WHERE username = ?1";
static const char SELECT_ANY[] = "SELECT 1 FROM employees LIMIT 1";
static const char INSERT_EMPLOYEE[] =
    "INSERT INTO employees (id, created_at, updated_at, username, name, password_hash, scopes)"
    " VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6)";

static const char *copy_column(struct arena *arena, sqlite3_stmt *statement, int column)
{
    const char *string = db_column_string(statement, column);
    return string == NULL ? NULL : arena_copy(arena, string);
}

static enum status read_row(struct db *db, struct arena *arena, sqlite3_stmt *select,
                            struct employee *employee, bool *found)
{
    const enum status status = db_step(db, select, found);
    if (status == STATUS_OK && *found) {
        *employee = (struct employee){
            .archived = sqlite3_column_int(select, 1) != 0,
            .username = copy_column(arena, select, 2),
            .name = copy_column(arena, select, 3),
            .password_hash = copy_column(arena, select, 4),
            .scopes = copy_column(arena, select, 5),
        };
        (void)db_column_id(select, 0, &employee->id);
    }
    db_done(select);
    return status;
}

enum status employee_read(struct db *db, struct arena *arena, const struct id *id, struct employee *employee,
                          bool *found)
{
    sqlite3_stmt *select = db_statement(db, SELECT_BY_ID);
    db_bind_id(select, 1, id);
    return read_row(db, arena, select, employee, found);
}

enum status employee_find(struct db *db, struct arena *arena, const char *username, struct employee *employee,
                          bool *found)
{
    sqlite3_stmt *select = db_statement(db, SELECT_BY_USERNAME);
    db_bind_string(select, 1, username);
    return read_row(db, arena, select, employee, found);
}

enum status employee_exists(struct db *db, bool *exists)
{
    sqlite3_stmt *select = db_statement(db, SELECT_ANY);
    const enum status status = db_step(db, select, exists);
    db_done(select);
    return status;
}

enum status employee_add(struct db *db, const struct actor *actor, const struct employee *employee,
                         int64_t *seq)
{
    sqlite3_stmt *insert = db_statement(db, INSERT_EMPLOYEE);
    db_bind_id(insert, 1, &employee->id);
    db_bind_int(insert, 2, clock_now_ms());
    db_bind_string(insert, 3, employee->username);
    db_bind_string(insert, 4, employee->name);
    db_bind_string(insert, 5, employee->password_hash);
    db_bind_string(insert, 6, employee->scopes);
    const enum status status = db_step(db, insert, NULL);
    if (status != STATUS_OK) {
        return status;
    }
    const struct change change = {
        .entity = "employee", .entity_id = &employee->id, .op = "create", .version = 1};
    return change_append(db, actor, &change, seq);
}
