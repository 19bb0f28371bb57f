/*
 * Taking cash: the amount due, what the customer hands over, the change, the
 * receipt.  The checkout store does the work and survives this dialog; the
 * dialog shows its state, and cannot be left while a sale's outcome is unknown.
 */
import { announce } from "../components/announce.js";
import { openDialog } from "../components/dialog.js";
import { icon } from "../components/icon.js";
import { keypad, wireKeypad } from "../components/keypad.js";
import { faultText } from "../components/notice.js";
import { cashSuggestions } from "../lib/cash.js";
import { t } from "../lib/i18n.js";
import { fragment, html, render } from "../lib/html.js";
import { formatMoney, formatPlain, parseMoney } from "../lib/money.js";
import { HOLD_MS } from "../lib/scanner.js";
import { playDone, playFault } from "../lib/sound.js";
import { cart, lineFaults } from "../stores/cart.js";
import { checkout } from "../stores/checkout.js";
import { session } from "../stores/session.js";
import { mountReceiptActions, receiptActions } from "./receipt-actions.js";
import { mountSoldCards } from "./sold-cards.js";

const money = (minor) => formatMoney(minor, session.currency);

function tenderMarkup(total) {
  const suggestions = cashSuggestions(total, session.currency);
  return html`
    <form class="pay" novalidate>
      <div class="pay-main">
        <p class="pay-due"><span class="soft">${t("pay.due")}</span><strong class="amount" data-due>${money(total)}</strong></p>
        <div data-message></div>
        <div class="pay-quick" role="group" aria-label="${t("pay.quick")}">
          <button type="button" class="button" data-size="large" data-tender="${total}">${t("pay.exact")}</button>
          ${suggestions.map((amount) => html`
            <button type="button" class="button amount" data-size="large" data-tender="${amount}">${money(amount)}</button>`)}
        </div>
        <div class="field">
          <label for="tendered">${t("pay.received")}</label>
          <input class="input ask-input amount" id="tendered" inputmode="decimal" autocomplete="off"
            placeholder="${formatPlain(total, session.currency)}" aria-describedby="pay-change">
        </div>
        <p class="pay-change" id="pay-change" aria-live="polite"><span></span><strong class="amount"></strong></p>
      </div>
      <div class="pay-side">
        ${keypad()}
        <button class="button" data-kind="primary" data-size="large" data-wide data-submit></button>
      </div>
    </form>`;
}

function mismatchMarkup(error) {
  const { expected_total: shown, quote } = error.body;
  return html`
    <div class="banner" role="alert">${icon("alert")}
      <div>
        <p><strong>${t("pay.mismatch")}</strong></p>
        <p>${t("pay.mismatch_text", { shown: money(shown), now: money(quote.total) })}</p>
        <button type="button" class="button" data-accept>${t("pay.accept", { total: money(quote.total) })}</button>
      </div>
    </div>`;
}

function refusedMarkup(error) {
  const named = lineFaults(error).map(({ index, text }) => `${cart.state.lines[index]?.product.name}: ${text}`);
  return html`
    <div class="banner" data-kind="danger" role="alert">${icon("alert")}
      <div><p><strong>${t("pay.refused")}</strong></p><p>${faultText(error)}</p>
        ${named.map((text) => html`<p>${text}</p>`)}
      </div>
    </div>`;
}

function unknownMarkup(sale) {
  return html`
    <div class="pay-unknown">
      <span class="notice-icon">${icon("offline")}</span>
      <h3>${t("pay.unknown")}</h3>
      <p class="soft">${t("pay.unknown_text")}</p>
      <p class="pay-unknown-amount amount">${money(sale.expected_total)}</p>
      <p class="soft notice-small" aria-live="polite" data-tries></p>
      <button type="button" class="button" data-kind="primary" data-size="large" data-again>${t("pay.try_now")}</button>
    </div>`;
}

/** The wait is drawn once; each try only changes what it says, so the button stays under the finger. */
function showUnknown(dialog, { status, error, sale, tries }, entering) {
  if (entering) {
    dialog.setTitle(t("pay.title"));
    render(dialog.body, unknownMarkup(sale));
    dialog.body.querySelector("[data-again]").focus();
    playFault();
  }
  dialog.body.querySelector("[data-again]").setAttribute("aria-busy", String(status === "sending"));
  dialog.body.querySelector("[data-tries]").textContent = [
    error ? faultText(error) : "", t("pay.tries", { count: tries }),
  ].filter(Boolean).join(" ");
}

function doneMarkup(transaction) {
  return html`
    <div class="done">
      <div class="done-main">
        <span class="done-check">${icon("check")}</span>
        <p class="done-label soft">${t("pay.change")}</p>
        <p class="done-change amount" data-change>${money(transaction.change)}</p>
        <p class="soft">${t("pay.summary", {
          total: money(transaction.total),
          received: money(transaction.total + transaction.change),
        })}</p>
        <p class="badge done-number">${t("receipt.number", { number: transaction.receipt_number })}</p>
        <div class="sold-cards"></div>
        <div class="done-actions">
          <button type="button" class="button" data-kind="primary" data-size="large" data-wide data-new>${t("pay.new_sale")} <kbd>Enter</kbd></button>
          ${receiptActions({ forms: ["original", "gift"], key: true })}
        </div>
      </div>
      <div class="done-receipt"></div>
    </div>`;
}

/** The form that asks for cash.  Answers a function that shows a message in it. */
function mountTender(dialog, total) {
  dialog.setTitle(t("pay.title"));
  render(dialog.body, tenderMarkup(total));
  const form = dialog.body.querySelector("form");
  const field = form.querySelector("#tendered");
  const submit = form.querySelector("[data-submit]");
  const change = form.querySelector(".pay-change");
  wireKeypad(form, field, { signal: dialog.signal });

  const tendered = () => (field.value.trim() === "" ? total : parseMoney(field.value, session.currency));

  function show() {
    const amount = tendered();
    const enough = amount !== null && amount >= total;
    submit.setAttribute("aria-disabled", String(!enough));
    submit.textContent = amount === null ? t("pay.take_none") : t("pay.take", { amount: money(amount) });
    const [label, value] = change.children;
    change.dataset.kind = enough ? "change" : "missing";
    if (amount === null) {
      label.textContent = t("pay.no_number");
      value.textContent = "";
    } else {
      label.textContent = t(enough ? "pay.change" : "pay.missing");
      value.textContent = money(enough ? amount - total : total - amount);
    }
  }

  function take(amount) {
    if (checkout.state.status === "sending") return;
    if (amount === null || amount < total) {
      playFault();
      field.focus();
      field.select();
      return;
    }
    checkout.pay(total, amount);
  }

  field.addEventListener("input", show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    take(tendered());
  });
  form.addEventListener("click", ({ target }) => {
    const quick = target.closest("[data-tender]");
    if (quick) take(Number(quick.dataset.tender));
  });
  show();
  field.focus();
}

function mountDone(dialog, transaction) {
  dialog.setTitle(t("pay.done"));
  render(dialog.body, doneMarkup(transaction));
  const receipt = mountReceiptActions(dialog.body.querySelector(".receipt-actions"),
    dialog.body.querySelector(".done-receipt"), transaction.id, { signal: dialog.signal });
  mountSoldCards(dialog.body.querySelector(".sold-cards"), transaction, { signal: dialog.signal });
  dialog.body.querySelector("[data-new]").addEventListener("click", () => dialog.close());
  let held = 0;
  dialog.element.addEventListener("keydown", (event) => {
    // The next customer's code may hold a "p".
    clearTimeout(held);
    if (event.key.toLowerCase() !== "p" || event.ctrlKey || event.metaKey) return;
    held = setTimeout(() => receipt.print(), HOLD_MS);
  }, { signal: dialog.signal });
  dialog.body.querySelector("[data-new]").focus();
  playDone();
  announce(t("pay.done_announce", { change: money(transaction.change) }));
}

/** What is on show: the tender form, the wait for an unknown outcome, or the end. */
function stageOf({ status, tries, error }, resumed) {
  if (status === "done") return "done";
  if (status === "unknown" || (status === "sending" && (resumed || tries > 1))) return "unknown";
  if (status === "idle" && error) return "given-up";
  return "tender";
}

/** resume: take up the sale that an earlier visit left unfinished. */
export function openPayment({ resume = false } = {}) {
  const dialog = openDialog({ title: t("pay.title"), kind: "wide", name: "payment" });
  let stage = null;

  function showTender(state) {
    const { status, error } = state;
    if (stage !== "tender") mountTender(dialog, cart.state.quote.total);
    const message = dialog.body.querySelector("[data-message]");
    dialog.body.querySelector("[data-submit]").setAttribute("aria-busy", String(status === "sending"));
    // After a mismatch the new total is accepted first: the old one can only fail again.
    const closed = status === "sending" || status === "mismatch";
    dialog.body.querySelectorAll("button, input").forEach((control) => { control.disabled = closed; });
    message.replaceChildren();
    if (status === "mismatch") message.append(fragment(mismatchMarkup(error)));
    if (status === "refused") message.append(fragment(refusedMarkup(error)));
    if (status === "mismatch" || status === "refused") playFault();
    message.querySelector("[data-accept]")?.focus();
  }

  function show(state) {
    const next = stageOf(state, resume);
    dialog.lock(state.status === "sending" || state.status === "unknown");
    if (next === "given-up" || (next === "tender" && !cart.state.quote)) {
      dialog.close();
      return;
    }
    if (next === "tender") showTender(state);
    if (next === "unknown") showUnknown(dialog, state, stage !== "unknown");
    if (next === "done" && stage !== "done") mountDone(dialog, state.transaction);
    stage = next;
  }

  dialog.body.addEventListener("click", ({ target }) => {
    if (target.closest("[data-again]")) checkout.retryNow();
    if (target.closest("[data-accept]")) {
      cart.acceptQuote(checkout.state.error.body.quote);
      stage = null;
      checkout.reset();
    }
  });
  checkout.onChange(show, { signal: dialog.signal });
  dialog.closed.then(() => {
    checkout.reset();
    // After a refusal the quote on show may be out of date.
    cart.requote();
  });
  if (resume) checkout.resume();
  else show(checkout.state);
}
