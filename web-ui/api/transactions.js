import { request } from "./client.js";

const PATH = "/api/v1/transactions";

/**
 * One try to commit a sale.  transaction.id is made by the till and stays the
 * same in every retry: the server then answers with the sale it has.  Retrying
 * belongs to the checkout store, which shows what it is doing.
 */
export async function transactions_create(transaction, { timeout_ms } = {}) {
  const call = {
    body: transaction,
    headers: { "Idempotency-Key": transaction.id },
    timeout_ms,
    tries: 1,
  };
  return (await request("POST", PATH, call)).data;
}

/** query: {day, store_id, register_id, receipt_number, limit, cursor}; newest first. */
export async function transactions_list(query = {}, { signal } = {}) {
  return (await request("GET", PATH, { query, signal })).data;
}

export async function transactions_read(transaction_id, { signal } = {}) {
  return (await request("GET", `${PATH}/${transaction_id}`, { signal })).data;
}

/** The receipt as text.  columns: 32, 42 or 48; copy: marked as one; gift: without prices. */
export async function transactions_receipt(transaction_id, { columns, copy, gift, signal } = {}) {
  const query = { format: "text", columns, copy: copy || undefined, gift: gift || undefined };
  const call = { query, accept: "text/plain", as: "text", signal };
  return (await request("GET", `${PATH}/${transaction_id}/receipt`, call)).data;
}
