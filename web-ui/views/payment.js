/*
 * Taking the money: what the customer hands over (payment-tender.js), the change,
 * the receipt.  The checkout store does the work and survives this dialog; the
 * dialog shows its state, and cannot be left while a sale's outcome is unknown.
 */
import { announce } from "../components/announce.js";
import { openDialog } from "../components/dialog.js";
import { icon } from "../components/icon.js";
import { faultText } from "../components/notice.js";
import { has, t } from "../lib/i18n.js";
import { fragment, html, render } from "../lib/html.js";
import { formatMoney } from "../lib/money.js";
import { HOLD_MS } from "../lib/scanner.js";
import { playDone, playFault } from "../lib/sound.js";
import { cart, lineFaults } from "../stores/cart.js";
import { checkout } from "../stores/checkout.js";
import { session } from "../stores/session.js";
import { mountTender } from "./payment-tender.js";
import { mountReceiptActions, receiptActions } from "./receipt-actions.js";
import { mountSoldCards } from "./sold-cards.js";
import { tenderName } from "./tender-panels.js";
import { showUnknown } from "./unknown-outcome.js";

const money = (minor) => formatMoney(minor, session.currency);

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

/** The faults of an answer that point at a tender ("/tenders/1/amount"), as {index, text}. */
function tenderFaults(error) {
  return error.errors.flatMap((fault) => {
    const match = /^\/tenders\/(\d+)/.exec(fault.pointer ?? "");
    const key = `fault.${fault.code}`;
    return match ? [{ index: Number(match[1]), text: has(key) ? t(key) : fault.detail }] : [];
  });
}

/** How it was paid: what came in for what, or each tender when it was not only cash. */
function paidText({ tenders, total, change }) {
  if (tenders.every(({ type }) => type === "cash")) {
    return t("pay.summary", { total: money(total), received: money(total + change) });
  }
  return tenders.map((tender) => {
    const tip = tender.tip ? ` ${t("pay.with_tip", { tip: money(tender.tip) })}` : "";
    return `${tenderName(tender)} ${money(tender.amount)}${tip}`;
  }).join(" · ");
}

/** Whether some of it was cash: then there is change to give, if only none. */
const paidInCash = ({ tenders, total }) => total === 0 || tenders.some(({ type }) => type === "cash");

function doneMarkup(transaction) {
  const isCash = paidInCash(transaction);
  return html`
    <div class="done">
      <div class="done-main">
        <span class="done-check">${icon("check")}</span>
        <p class="done-label soft">${t(isCash ? "pay.change" : "pay.paid")}</p>
        ${isCash
          ? html`<p class="done-change amount" data-change>${money(transaction.change)}</p>`
          : html`<p class="done-change amount" data-paid>${money(transaction.total + (transaction.tip_total ?? 0))}</p>`}
        <p class="soft">${paidText(transaction)}</p>
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
  announce(paidInCash(transaction) ? t("pay.done_announce", { change: money(transaction.change) }) : t("pay.done"));
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
  let tender = null;

  function showTender(state) {
    const { status, error } = state;
    if (stage !== "tender") {
      const { total } = cart.state.quote;
      tender = mountTender(dialog, total, {
        pay: (tenders) => { if (checkout.state.status !== "sending") checkout.pay(total, tenders); },
      });
    }
    const message = dialog.body.querySelector("[data-message]");
    dialog.body.querySelector("[data-submit]").setAttribute("aria-busy", String(status === "sending"));
    // After a mismatch the new total is accepted first: the old one can only fail again.
    const closed = status === "sending" || status === "mismatch";
    dialog.body.querySelectorAll("button, input").forEach((control) => { control.disabled = closed; });
    message.replaceChildren();
    if (status === "mismatch") message.append(fragment(mismatchMarkup(error)));
    if (status === "refused") {
      const faults = tenderFaults(error);
      if (faults.length === 0) message.append(fragment(refusedMarkup(error)));
      tender.showFaults(faults);
    }
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
    if (next === "unknown") {
      showUnknown(dialog, state, stage !== "unknown", {
        title: t("pay.unknown"), text: t("pay.unknown_text"), total: money(state.act.expected_total),
      });
    }
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
