import { request } from "./client.js";

const PATH = "/api/v1/gift-cards";

/** query: {code}; one card or none.  A code that is no code finds none. */
export async function gift_cards_list(query = {}, { signal } = {}) {
  return (await request("GET", PATH, { query, signal })).data;
}

/** The card with its code and balance. */
export async function gift_cards_read(gift_card_id, { signal } = {}) {
  return (await request("GET", `${PATH}/${gift_card_id}`, { signal })).data;
}
