import { request } from "./client.js";

/** query: {archived, limit, cursor}; answers {data, next_cursor}. */
export async function customer_groups_list(query = {}, { signal } = {}) {
  return (await request("GET", "/api/v1/customer-groups", { query, signal })).data;
}
