/*
 * Giving money back: a refund of a sale, or a void (stores/commit.js).
 * An act is {id, kind: "refund" or "void", transaction_id, body}.
 */
import { refunds_create, transactions_void } from "../api/refunds.js";
import { uuidv7 } from "../lib/uuid.js";
import { Commit } from "./commit.js";

const SEND = { refund: refunds_create, void: transactions_void };

class Reversal extends Commit {
  constructor() {
    super("unfinished-reversal");
  }

  refund(transaction_id, body) {
    return this.#reverse("refund", transaction_id, body);
  }

  void(transaction_id, body) {
    return this.#reverse("void", transaction_id, body);
  }

  send({ kind, transaction_id, body }, options) {
    return SEND[kind](transaction_id, body, options);
  }

  #reverse(kind, transaction_id, body) {
    const id = uuidv7();
    return this.start({ id, kind, transaction_id, body: { id, ...body } });
  }
}

export const reversal = new Reversal();
