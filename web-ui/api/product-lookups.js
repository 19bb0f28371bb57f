import { request } from "./client.js";

/** The product with this barcode or SKU; 404 product_not_found. */
export async function product_lookups_find(code, { signal } = {}) {
  const call = { query: { code }, signal, timeout_ms: 5000 };
  return (await request("GET", "/api/v1/product-lookups", call)).data;
}
