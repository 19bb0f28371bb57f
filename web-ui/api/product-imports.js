import { request } from "./client.js";
import { uuidv7 } from "../lib/uuid.js";

const PATH = "/api/v1/product-imports";
/* A million rows take a while, and a slow line to the server longer. */
const IMPORT_TIMEOUT_MS = 30 * 60_000;

/** file is a File or Blob of CSV, plain or gzip; query: {dry_run, on_error, store_id}. */
export async function product_imports_create(file, query, { signal } = {}) {
  const gzip = /gzip/.test(file.type) || /\.gz$/i.test(file.name ?? "");
  const call = {
    query,
    body: file,
    contentType: gzip ? "application/gzip" : "text/csv",
    headers: { "Idempotency-Key": uuidv7() },
    timeout_ms: IMPORT_TIMEOUT_MS,
    signal,
  };
  return (await request("POST", PATH, call)).data;
}

export async function product_imports_read(product_import_id, { signal } = {}) {
  return (await request("GET", `${PATH}/${product_import_id}`, { signal })).data;
}
