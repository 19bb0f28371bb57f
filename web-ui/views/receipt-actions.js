/*
 * What can be done with a receipt: choose its form (as it was, marked as a
 * copy, without prices for a gift), print it, send it by e-mail.  What is shown
 * on the paper is what is printed or sent.
 */
import { icon } from "../components/icon.js";
import { mountReceipt } from "../components/receipt-paper.js";
import { t } from "../lib/i18n.js";
import { html } from "../lib/html.js";
import { openReceiptEmail } from "./receipt-email.js";

const FORMS = {
  original: { text: "receipt.original", copy: false, gift: false },
  copy: { text: "receipt.copy", copy: true, gift: false },
  gift: { text: "receipt.gift", copy: false, gift: true },
};

const option = (name, form) => html`
  <label><input type="radio" name="receipt-form" value="${name}" ?checked="${name === form}"><span>${t(FORMS[name].text)}</span></label>`;

/** forms: which may be chosen; form: the one that is. */
export function receiptActions({ forms = Object.keys(FORMS), form = forms[0], key = false } = {}) {
  return html`
    <form class="receipt-actions">
      <div class="choice" role="radiogroup" aria-label="${t("receipt.form")}">${forms.map((name) => option(name, form))}</div>
      <button type="button" class="button" data-print${key && html` aria-keyshortcuts="p"`}>${icon("printer")}${t("receipt.print")}</button>
      <button type="button" class="button" data-email>${icon("mail")}${t("receipt.email")}</button>
    </form>`;
}

/** Wires the actions in `bar` to the paper in `host`; answers {print}. */
export function mountReceiptActions(bar, host, transaction_id, { signal }) {
  const chosen = () => FORMS[bar.querySelector("input:checked").value];
  const { copy, gift } = chosen();
  const receipt = mountReceipt(host, transaction_id, { copy, gift, signal });
  bar.addEventListener("change", () => receipt.show({ copy: chosen().copy, gift: chosen().gift }), { signal });
  bar.querySelector("[data-print]").addEventListener("click", () => receipt.print(), { signal });
  bar.querySelector("[data-email]").addEventListener("click", () => {
    openReceiptEmail(transaction_id, { gift: chosen().gift });
  }, { signal });
  return receipt;
}
