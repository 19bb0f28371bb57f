import { request } from "./client.js";

const EXPORT_TIMEOUT_MS = 10 * 60_000;

/** The catalogue as a CSV blob, with the columns that the import reads. */
export async function product_exports_read(query = {}) {
  const call = { query, accept: "text/csv", as: "blob", timeout_ms: EXPORT_TIMEOUT_MS };
  return (await request("GET", "/api/v1/product-exports", call)).data;
}
