/*
 * Questions about a shift: how much goes in or out and why; and, at its end,
 * what is in the drawer.  The count is blind: what should be there is shown
 * with the answer.
 */
import { announce } from "../components/announce.js";
import { mountCashCount } from "../components/cash-count.js";
import { openDialog } from "../components/dialog.js";
import { icon } from "../components/icon.js";
import { keypad, wireKeypad } from "../components/keypad.js";
import { faultText } from "../components/notice.js";
import { mountPaper } from "../components/receipt-paper.js";
import { toast } from "../components/toast.js";
import { shifts_report } from "../api/shifts.js";
import { t } from "../lib/i18n.js";
import { html, render } from "../lib/html.js";
import { currencySymbol, formatMoney, parseMoney } from "../lib/money.js";
import { playDone, playFault } from "../lib/sound.js";
import { uuidv7 } from "../lib/uuid.js";
import { session } from "../stores/session.js";
import { shift } from "../stores/shift.js";

/** What may happen at a drawer besides sales, with its text and its icon. */
export const MOVEMENTS = {
  pay_in: { text: "shift.pay_in", icon: "down" },
  pay_out: { text: "shift.pay_out", icon: "up" },
  drop: { text: "shift.drop", icon: "safe" },
  no_sale: { text: "shift.no_sale", icon: "drawer" },
};

const money = (minor) => formatMoney(minor, session.currency);

function movementBody(type) {
  return html`
    <form class="ask" novalidate>
      ${type !== "no_sale" && html`
        <div class="ask-field">
          <input class="input ask-input amount" name="amount" inputmode="decimal" autocomplete="off"
            aria-label="${t("shift.amount")}" aria-describedby="movement-fault">
          <span class="ask-unit soft">${currencySymbol(session.currency)}</span>
        </div>
        ${keypad()}`}
      <div class="field">
        <label for="movement-reason">${t("shift.reason")}</label>
        <input class="input" id="movement-reason" name="reason" maxlength="200" autocomplete="off" aria-describedby="movement-fault">
      </div>
      <p class="ask-note" id="movement-fault" aria-live="polite"></p>
      <button class="button" data-kind="primary" data-size="large" data-wide>${t(MOVEMENTS[type].text)}</button>
    </form>`;
}

/** Marks a field as what is at fault, and goes there. */
function blame(form, field, text) {
  const note = form.querySelector(".ask-note");
  note.dataset.kind = "fault";
  note.textContent = text;
  field?.setAttribute("aria-invalid", "true");
  field?.focus();
  field?.select();
  playFault();
}

export function openMovement(type) {
  const dialog = openDialog({ title: t(MOVEMENTS[type].text), name: "movement", body: movementBody(type) });
  const id = uuidv7(); // The same in every try: what was moved is moved once.
  const form = dialog.body.querySelector("form");
  const { amount: field, reason } = form.elements;
  const submit = form.querySelector(":scope > .button");
  if (field) wireKeypad(form, field, { signal: dialog.signal });
  (field ?? reason).focus();
  form.addEventListener("input", ({ target }) => {
    target.removeAttribute("aria-invalid");
    form.querySelector(".ask-note").textContent = "";
  });
  // Enter in the amount goes to the reason: both are needed.
  field?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || reason.value.trim()) return;
    event.preventDefault();
    reason.focus();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const amount = field ? parseMoney(field.value, session.currency) : 0;
    if (field && !amount) {
      blame(form, field, t("shift.amount_fault"));
      return;
    }
    if (!reason.value.trim()) {
      blame(form, reason, t("shift.reason_fault"));
      return;
    }
    if (submit.getAttribute("aria-busy") === "true") return;
    submit.setAttribute("aria-busy", "true");
    try {
      await shift.move({ id, type, reason: reason.value.trim(), ...(field ? { amount } : {}) });
      dialog.close(true);
      toast(field ? t("shift.moved", { type: t(MOVEMENTS[type].text), amount: money(amount) }) : t("shift.drawer_opened"));
    } catch (error) {
      submit.removeAttribute("aria-busy");
      blame(form, null, faultText(error));
      if (error.code === "shift_closed") shift.load();
    }
  });
  return dialog.closed;
}

function closingBody() {
  return html`
    <form class="closing" novalidate>
      <div><p class="soft closing-text">${t("shift.close_text")}</p><div data-count></div></div>
      <div class="closing-side">
        <div class="field">
          <label for="closing-tips">${t("shift.tips", { symbol: currencySymbol(session.currency) })}</label>
          <input class="input amount" id="closing-tips" name="tips" inputmode="decimal" autocomplete="off" aria-describedby="closing-fault">
        </div>
        <div class="field">
          <label for="closing-note">${t("shift.note")}</label>
          <textarea class="input" id="closing-note" name="note" maxlength="500" rows="3"></textarea>
        </div>
        <p class="ask-note" id="closing-fault" aria-live="polite"></p>
        <button class="button" data-kind="primary" data-size="large" data-wide data-submit>${t("shift.close")}</button>
      </div>
    </form>`;
}

function closedMarkup({ z_report: z }) {
  const right = z.over_short === 0;
  const kind = right ? "brand" : z.over_short < 0 ? "danger" : "amber";
  const label = right ? "shift.right" : z.over_short < 0 ? "shift.short" : "shift.over";
  return html`
    <div class="done">
      <div class="done-main">
        <span class="done-check" data-kind="${kind}">${icon(right ? "check" : "alert")}</span>
        <p class="done-label soft">${t(label)}</p>
        <p class="done-change amount" data-over-short>${money(z.over_short)}</p>
        <dl class="shift-facts">
          <div><dt class="soft">${t("shift.expected")}</dt><dd class="amount">${money(z.expected_cash)}</dd></div>
          <div><dt class="soft">${t("shift.counted")}</dt><dd class="amount">${money(z.counted_cash)}</dd></div>
        </dl>
        <div class="done-actions">
          <button type="button" class="button" data-kind="primary" data-size="large" data-wide data-done>${t("shift.done")}</button>
          <button type="button" class="button" data-size="large" data-wide data-print>${icon("printer")}${t("shift.print")}</button>
        </div>
      </div>
      <div class="done-receipt"></div>
    </div>`;
}

function showClosed(dialog, closed) {
  dialog.setTitle(t("shift.closed", { number: closed.number }));
  render(dialog.body, closedMarkup(closed));
  const paper = mountPaper(dialog.body.querySelector(".done-receipt"),
    () => shifts_report(closed.id, { signal: dialog.signal }), { label: t("shift.z_report") });
  dialog.body.querySelector("[data-print]").addEventListener("click", () => paper.print());
  dialog.body.querySelector("[data-done]").addEventListener("click", () => dialog.close());
  dialog.body.querySelector("[data-done]").focus();
  announce(t("shift.closed", { number: closed.number }));
  if (closed.z_report.over_short === 0) playDone();
}

/** Answers the closed shift, or undefined when it stays open. */
export async function openClosing() {
  const dialog = openDialog({ title: t("shift.close"), kind: "wide", name: "closing", body: closingBody() });
  const form = dialog.body.querySelector("form");
  const submit = form.querySelector("[data-submit]");
  const count = mountCashCount(form.querySelector("[data-count]"), {
    signal: dialog.signal,
    onChange: (counted) => submit.setAttribute("aria-disabled", String(counted === null)),
  });
  let closed;
  count.focus();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const counted = count.read();
    const { tips, note } = form.elements;
    const tips_paid_out = tips.value.trim() === "" ? 0 : parseMoney(tips.value, session.currency);
    if (counted === null) {
      count.focus();
      return;
    }
    if (tips_paid_out === null) {
      blame(form, tips, t("shift.amount_fault"));
      return;
    }
    if (submit.getAttribute("aria-busy") === "true") return;
    submit.setAttribute("aria-busy", "true");
    dialog.lock(true);
    try {
      closed = await shift.close({ counted, tips_paid_out, ...(note.value.trim() ? { note: note.value.trim() } : {}) });
      dialog.lock(false);
      showClosed(dialog, closed);
    } catch (error) {
      dialog.lock(false);
      submit.removeAttribute("aria-busy");
      blame(form, null, faultText(error));
      if (error.code === "shift_closed") shift.load();
    }
  });
  await dialog.closed;
  return closed;
}
