import { request } from "./client.js";

const path = (transaction_id) => `/api/v1/transactions/${transaction_id}/receipt-emails`;

/** email: {id, to, gift}.  The id is the till's: asking again sends nothing twice. */
export async function receipt_emails_create(transaction_id, email) {
  const call = { body: email, headers: { "Idempotency-Key": email.id }, repeatable: true };
  return (await request("POST", path(transaction_id), call)).data;
}

/** Its state: "queued", "sent" or "failed". */
export async function receipt_emails_read(transaction_id, receipt_email_id) {
  return (await request("GET", `${path(transaction_id)}/${receipt_email_id}`)).data;
}
