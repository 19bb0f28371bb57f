/*
 * Taking the money: one sale from the pay button to the receipt (stores/commit.js).
 * The cart is emptied once the sale is known to be stored, not before.
 */
import { transactions_create } from "../api/transactions.js";
import { uuidv7 } from "../lib/uuid.js";
import { cart } from "./cart.js";
import { Commit } from "./commit.js";

class Checkout extends Commit {
  constructor() {
    super("unfinished-sale");
  }

  /** Sends the cart as a sale of `total`, paid with these tenders. */
  pay(total, tenders) {
    return this.start({ id: uuidv7(), type: "sale", ...cart.sale(), tenders, expected_total: total });
  }

  send(sale, options) {
    return transactions_create(sale, options);
  }

  stored() {
    cart.finish();
  }

  refused(error) {
    cart.refuse(error);
  }
}

export const checkout = new Checkout();
