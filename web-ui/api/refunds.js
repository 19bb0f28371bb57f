import { request } from "./client.js";

const path = (transaction_id) => `/api/v1/transactions/${transaction_id}`;

/* One try of an act whose id is the till's: repeating it belongs to who shows it (stores/commit.js). */
const oneTry = (body, timeout_ms) => ({ body, headers: { "Idempotency-Key": body.id }, timeout_ms, tries: 1 });

/** The refunds of a sale, or its void; `refundable` is what is left: {lines, tenders, total}. */
export async function refunds_list(transaction_id, query = {}, { signal } = {}) {
  return (await request("GET", `${path(transaction_id)}/refunds`, { query, signal })).data;
}

/** refund: {id, register_id, lines, tenders, reason, expected_total}. */
export async function refunds_create(transaction_id, refund, { timeout_ms } = {}) {
  return (await request("POST", `${path(transaction_id)}/refunds`, oneTry(refund, timeout_ms))).data;
}

/** reversal: {id, reason}. */
export async function transactions_void(transaction_id, reversal, { timeout_ms } = {}) {
  return (await request("POST", `${path(transaction_id)}/void`, oneTry(reversal, timeout_ms))).data;
}
