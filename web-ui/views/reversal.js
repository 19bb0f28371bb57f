/*
 * The dialog that gives money back: a refund of chosen lines, or the void of a
 * whole sale.  The reversal store does the work; the dialog shows its state, and
 * cannot be left while nobody knows whether the money has gone.
 */
import { refunds_list } from "../api/refunds.js";
import { transactions_read } from "../api/transactions.js";
import { announce } from "../components/announce.js";
import { openDialog } from "../components/dialog.js";
import { icon } from "../components/icon.js";
import { faultNotice, faultText } from "../components/notice.js";
import { t } from "../lib/i18n.js";
import { fragment, html, render } from "../lib/html.js";
import { formatMoney } from "../lib/money.js";
import { playDone, playFault } from "../lib/sound.js";
import { reversal } from "../stores/reversal.js";
import { session } from "../stores/session.js";
import { mountReceiptActions, receiptActions } from "./receipt-actions.js";
import { mountRefundForm, tenderRows } from "./refund-form.js";
import { showUnknown } from "./unknown-outcome.js";

function voidMarkup(sale) {
  const tenders = sale.tenders.map((tender, index) => ({
    ...tender, original_tender: index + 1,
    amount: tender.amount + (tender.tip ?? 0) - (tender.type === "cash" ? sale.change : 0),
  }));
  return html`
    <form class="ask" novalidate>
      <p class="soft">${t("void.text")}</p>
      <ul class="refund-tenders" aria-label="${t("refund.where")}">${tenderRows(sale, tenders)}</ul>
      <div data-message></div>
      <div class="field"><label for="void-reason">${t("void.reason")}</label>
        <input class="input" id="void-reason" name="reason" maxlength="200" autocomplete="off" aria-describedby="void-fault"></div>
      <p class="ask-note" id="void-fault" aria-live="polite"></p>
      <button class="button" data-kind="danger" data-size="large" data-wide data-submit>${t("void.do", { number: sale.receipt_number })}</button>
    </form>`;
}

function mountVoidForm(dialog, sale, { send }) {
  render(dialog.body, voidMarkup(sale));
  const form = dialog.body.querySelector("form");
  const { reason } = form.elements;
  const note = form.querySelector(".ask-note");
  form.addEventListener("input", () => {
    reason.removeAttribute("aria-invalid");
    note.textContent = "";
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (reason.value.trim()) {
      send({ reason: reason.value.trim() });
      return;
    }
    note.dataset.kind = "fault";
    note.textContent = t("shift.reason_fault");
    reason.setAttribute("aria-invalid", "true");
    reason.focus();
    playFault();
  });
  reason.focus();
}

function doneMarkup(record) {
  return html`
    <div class="done">
      <div class="done-main">
        <span class="done-check">${icon("undo")}</span>
        <p class="done-label soft">${t("refund.give")}</p>
        <p class="done-change amount" data-back>${formatMoney(record.total + (record.tip_total ?? 0), record.currency)}</p>
        <ul class="refund-tenders">${tenderRows({ ...record, tenders: [] }, record.tenders.map((tender) => ({
          ...tender, amount: tender.amount + (tender.tip ?? 0) })))}</ul>
        <p class="badge done-number">${t("receipt.number", { number: record.receipt_number })}</p>
        <div class="done-actions">
          <button type="button" class="button" data-kind="primary" data-size="large" data-wide data-finish>${t("shift.done")}</button>
          ${receiptActions({ forms: ["original", "copy"] })}
        </div>
      </div>
      <div class="done-receipt"></div>
    </div>`;
}

function showDone(dialog, record) {
  dialog.setTitle(t(`${record.type}.done`));
  render(dialog.body, doneMarkup(record));
  mountReceiptActions(dialog.body.querySelector(".receipt-actions"),
    dialog.body.querySelector(".done-receipt"), record.id, { signal: dialog.signal });
  const finish = dialog.body.querySelector("[data-finish]");
  finish.addEventListener("click", () => dialog.close());
  finish.focus();
  playDone();
  announce(t(`${record.type}.done`));
}

function messageMarkup({ status, error }, currency) {
  const isMismatch = status === "mismatch" && error.body?.total !== undefined;
  const total = isMismatch && formatMoney(error.body.total, currency);
  return html`
    <div class="banner" data-kind="${isMismatch ? "warning" : "danger"}" role="alert">${icon("alert")}<div>
      <p><strong>${isMismatch ? t("refund.mismatch", { total }) : t("refund.refused")}</strong></p>
      ${isMismatch
        ? html`<button type="button" class="button" data-accept>${t("refund.do", { total })}</button>`
        : html`<p>${faultText(error)}</p>`}
    </div></div>`;
}

/**
 * kind: "refund" or "void".  resume: take up the act that an earlier visit left
 * unfinished.  Answers the record, or undefined when nothing was given back.
 */
export function openReversal(kind, transaction_id, { resume = false } = {}) {
  const dialog = openDialog({ title: t(`${kind}.title`), kind: kind === "void" && !resume ? "card" : "wide", name: kind });
  let stage = null;
  let sale = null;
  let record;
  const send = (body) => {
    if (reversal.state.status !== "sending") reversal[kind](transaction_id, body);
  };

  async function load() {
    try {
      const [read, page] = await Promise.all([
        transactions_read(transaction_id, { signal: dialog.signal }),
        refunds_list(transaction_id, {}, { signal: dialog.signal }),
      ]);
      sale = read;
      dialog.setTitle(t(`${kind}.title_of`, { number: sale.receipt_number }));
      if (kind === "refund") mountRefundForm(dialog, sale, page.refundable, { send });
      else mountVoidForm(dialog, sale, { send });
    } catch (error) {
      if (error.kind === "cancelled" || dialog.signal.aborted) return;
      render(dialog.body, faultNotice(error));
      dialog.body.querySelector("[data-retry]").addEventListener("click", load);
    }
  }

  function showForm(state) {
    const submit = dialog.body.querySelector("[data-submit]");
    if (!submit) return;
    const isSending = state.status === "sending";
    submit.setAttribute("aria-busy", String(isSending));
    dialog.body.querySelectorAll("form :is(button, input)").forEach((control) => { control.disabled = isSending; });
    const message = dialog.body.querySelector("[data-message]");
    message.replaceChildren();
    if (state.status !== "mismatch" && state.status !== "refused") return;
    message.append(fragment(messageMarkup(state, sale.currency)));
    message.querySelector("[data-accept]")?.focus();
    playFault();
  }

  function show(state) {
    const { status, tries, act, error } = state;
    const isUnknown = status === "unknown" || (status === "sending" && (resume || tries > 1));
    const next = status === "done" ? "done" : isUnknown ? "unknown" : "form";
    dialog.lock(status === "sending" || status === "unknown");
    if (next === "unknown") {
      showUnknown(dialog, state, stage !== "unknown", {
        title: t(`${act.kind}.unknown`), text: t("refund.unknown_text"),
        total: act.body.expected_total === undefined ? "" : formatMoney(act.body.expected_total, session.currency),
      });
    } else if (next === "done" && stage !== "done") {
      record = state.transaction;
      dialog.element.dataset.kind = "wide";
      showDone(dialog, record);
    } else if (next === "form" && (stage === "unknown" || (resume && error))) {
      // Refused after all: from the beginning, with what is left now.
      load().then(() => showForm(state));
    } else if (next === "form") {
      showForm(state);
    }
    stage = next;
  }

  dialog.body.addEventListener("click", ({ target }) => {
    if (target.closest("[data-again]")) reversal.retryNow();
    if (target.closest("[data-accept]")) {
      const { act, error } = reversal.state;
      const { id, ...body } = act.body;
      reversal.reset();
      send({ ...body, expected_total: error.body.total });
    }
  });
  reversal.onChange(show, { signal: dialog.signal });
  if (resume) reversal.resume();
  else load();
  return dialog.closed.then(() => {
    reversal.reset();
    return record;
  });
}
