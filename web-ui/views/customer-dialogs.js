/* What is done to a customer besides editing: money and points by hand, erasing the person. */
import { customers_entries_create, customers_erase } from "../api/customers.js";
import { openDialog } from "../components/dialog.js";
import { clearFaults, field, input, radios, showFaults } from "../components/form.js";
import { faultText } from "../components/notice.js";
import { toast } from "../components/toast.js";
import { t } from "../lib/i18n.js";
import { html } from "../lib/html.js";
import { currencySymbol, parseMoney } from "../lib/money.js";
import { session } from "../stores/session.js";

const TYPES = [
  ["store_credit", "posting.store_credit"], ["points", "posting.points"], ["account_payment", "posting.account_payment"],
];

function postingBody() {
  return html`
    <form class="edit" novalidate>
      <div class="wide" data-message></div>
      <div class="wide">${radios("type", t("posting.type"), TYPES.map(([type, text]) => [type, t(text)]), "store_credit")}</div>
      ${field("amount", t("posting.amount", { symbol: currencySymbol(session.currency) }), input("amount", "", html`inputmode="decimal"`),
        { hint: t("posting.hint") })}
      ${field("reason", t("posting.reason"), input("reason", "", html`maxlength="200"`))}
      <div class="dialog-actions">
        <button type="button" class="button" data-close>${t("action.cancel")}</button>
        <button class="button" data-kind="primary">${t("posting.post")}</button>
      </div>
    </form>`;
}

/** Money in minor units, or whole points; a minus takes. */
function readPosting(form) {
  const faults = [];
  const type = form.elements.type.value;
  const typed = form.elements.amount.value.trim();
  const text = typed.replace(/^[−-]\s*/, "");
  const points = /^\d{1,9}$/.test(text) ? Number(text) : null;
  const amount = type === "points" ? points : parseMoney(text, session.currency);
  if (!amount) {
    faults.push({ pointer: "/amount", detail: t(type === "points" ? "posting.points_fault" : "edit.amount_fault") });
  }
  const reason = form.elements.reason.value.trim();
  if (!reason) faults.push({ pointer: "/reason", detail: t("edit.required") });
  return { entry: { type, amount: text === typed ? amount : -amount, reason }, faults };
}

/** Answers true when something was posted. */
export function openPosting(customer) {
  const dialog = openDialog({ title: t("posting.title", { name: customer.name }), name: "posting", body: postingBody() });
  const form = dialog.body.querySelector("form");
  const label = form.querySelector('label[for="edit-amount"]');
  form.elements.amount.focus();
  form.addEventListener("change", ({ target }) => {
    if (target.name !== "type") return;
    label.textContent = target.value === "points"
      ? t("posting.points_amount") : t("posting.amount", { symbol: currencySymbol(session.currency) });
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearFaults(form);
    const { entry, faults } = readPosting(form);
    if (faults.length) {
      showFaults(form, faults);
      return;
    }
    const button = form.querySelector('[data-kind="primary"]');
    button.setAttribute("aria-busy", "true");
    try {
      await customers_entries_create(customer.id, entry);
      toast(t("posting.done"));
      dialog.close(true);
    } catch (error) {
      showFaults(form, error.errors ?? [], faultText(error));
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
  return dialog.closed;
}

function eraseBody(customer, hasMoney) {
  return html`
    <form class="edit" novalidate>
      <div class="wide" data-message></div>
      <p class="wide">${t("erase.text", { name: customer.name })}</p>
      ${hasMoney && html`<label class="customer-forfeit wide"><input type="checkbox" name="forfeit"> <span>${t("erase.forfeit")}</span></label>`}
      <div class="dialog-actions">
        <button type="button" class="button" data-close>${t("action.cancel")}</button>
        <button class="button" data-kind="danger">${t("erase.erase")}</button>
      </div>
    </form>`;
}

/** Answers true when the person was erased. */
export function openErase(customer) {
  const hasMoney = customer.store_credit !== 0 || customer.points !== 0 || customer.account_balance !== 0;
  const dialog = openDialog({ title: t("erase.title"), name: "erase", body: eraseBody(customer, hasMoney) });
  const form = dialog.body.querySelector("form");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearFaults(form);
    const button = form.querySelector('[data-kind="danger"]');
    button.setAttribute("aria-busy", "true");
    try {
      await customers_erase(customer.id, { forfeit_balances: form.elements.forfeit?.checked ?? false });
      toast(t("erase.done"));
      dialog.close(true);
    } catch (error) {
      showFaults(form, [], faultText(error));
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
  return dialog.closed;
}
