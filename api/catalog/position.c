#include "catalog/position.h"

static const char SELECT[] = "SELECT number, op, log FROM catalog_position WHERE key = 1";
static const char UPSERT[] = "INSERT INTO catalog_position (key, number, op, log) VALUES (1, ?1, ?2, ?3)"
                             "  ON CONFLICT DO UPDATE SET (number, op, log) = (?1, ?2, ?3)";

enum status position_read(struct db *db, struct position *position)
{
    *position = (struct position){0};
    sqlite3_stmt *select = db_statement(db, SELECT);
    bool found;
    const enum status status = db_step(db, select, &found);
    if (status == STATUS_OK && found) {
        position->number = sqlite3_column_int64(select, 0);
        (void)db_column_id(select, 1, &position->op);
        (void)db_column_id(select, 2, &position->log);
    }
    db_done(select);
    return status;
}

enum status position_advance(struct db *db, const struct position *before, int64_t number,
                             const struct id *op)
{
    sqlite3_stmt *upsert = db_statement(db, UPSERT);
    db_bind_int(upsert, 1, number);
    db_bind_id(upsert, 2, op);
    db_bind_id(upsert, 3, before->number == 0 ? op : &before->log);
    return db_step(db, upsert, NULL);
}

enum status position_forget(struct db *db)
{
    static const char DELETE[] = "DELETE FROM catalog_position";
    return db_step(db, db_statement(db, DELETE), NULL);
}
