import { request } from "./client.js";

/** query: {store_id, product_id}; levels are decimal strings. */
export async function stock_list(query, { signal } = {}) {
  return (await request("GET", "/api/v1/stock", { query, signal })).data;
}
