/*
 * The form that asks for the money: what is due, what has been taken of it, and
 * the next tender.  One that covers the rest ends the sale; a smaller one goes
 * to the list (stores/tenders.js), and the rest is asked for.
 *
 * Cash comes first and is the fastest: Enter takes the exact amount.
 */
import { announce } from "../components/announce.js";
import { icon } from "../components/icon.js";
import { keypad, wireKeypad } from "../components/keypad.js";
import { t } from "../lib/i18n.js";
import { html, render } from "../lib/html.js";
import { formatMoney, formatPlain, parseMoney } from "../lib/money.js";
import { playFault } from "../lib/sound.js";
import { cart } from "../stores/cart.js";
import { session } from "../stores/session.js";
import { MAX_TENDERS, tenders } from "../stores/tenders.js";
import { tenderName, tenderPanel, tenderTypes } from "./tender-panels.js";

const money = (minor) => formatMoney(minor, session.currency);

/* What is asked for after a part was taken. */
const NEXT = { cash: "card", card: "card" };

function frame(types) {
  return html`
    <form class="pay" novalidate>
      <div class="pay-main">
        <p class="pay-due" aria-live="polite"><span class="soft" data-due-label></span><strong class="amount" data-due></strong><span class="soft pay-note" data-note hidden></span></p>
        <ul class="pay-tenders" aria-label="${t("pay.tenders")}"></ul>
        <div data-message></div>
        <div class="choice pay-methods" role="radiogroup" aria-label="${t("pay.method")}" aria-keyshortcuts="PageUp PageDown">
          ${types.map((type) => html`<label><input type="radio" name="method" value="${type}"><span>${t(`tender.${type}`)}</span></label>`)}
        </div>
        <div class="pay-panel"></div>
      </div>
      <div class="pay-side">
        ${keypad()}
        <button class="button" data-kind="primary" data-size="large" data-wide data-submit></button>
      </div>
    </form>`;
}

function panelMarkup(panel, type, most) {
  return html`
    ${panel.markup}
    <div class="field" data-amount>
      <label for="tendered">${t(type === "cash" ? "pay.received" : "pay.amount")}</label>
      <input class="input ask-input amount" id="tendered" name="amount" inputmode="decimal" autocomplete="off"
        placeholder="${formatPlain(most, session.currency)}" aria-describedby="pay-change">
    </div>
    ${panel.after}
    <p class="pay-change" id="pay-change" aria-live="polite"><span></span><strong class="amount"></strong></p>
    <p class="pay-fault" id="pay-fault" role="alert" hidden></p>`;
}

function tenderRow(tender, index, fault) {
  const tip = tender.tip ? t("pay.with_tip", { tip: money(tender.tip) }) : "";
  return html`
    <li class="pay-tender">
      <span class="pay-tender-name">${tenderName(tender)}${tip && html` <span class="soft">${tip}</span>`}</span>
      <strong class="amount">${money(tender.amount)}</strong>
      <button type="button" class="icon-button" data-off="${index}" aria-label="${t("pay.take_off", { name: tenderName(tender) })}" title="${t("pay.take_off", { name: tenderName(tender) })}">${icon("close")}</button>
      ${fault && html`<p class="line-problem" role="alert">${fault}</p>`}
    </li>`;
}

/** The amount on show: what it is, what it leaves, and what is wrong with it. */
function judge({ type, panel, due, text }) {
  const limit = panel.limit();
  const most = limit === null ? due : Math.min(due, limit);
  const amount = text.trim() === "" ? most : parseMoney(text, session.currency);
  if (amount === null) return { amount, label: t("pay.no_number"), isFault: true };
  if (type === "cash") {
    if (amount >= due) return { amount, label: t("pay.change"), value: amount - due, isWhole: true };
    return { amount, label: t("pay.missing"), value: due - amount, isFault: true, isPart: amount > 0 };
  }
  if (amount > due) return { amount, label: t("pay.excess"), value: amount - due, isFault: true };
  if (limit !== null && amount > limit) return { amount, label: t("pay.over_limit"), value: limit, isFault: true };
  if (amount === 0 && due > 0) return { amount, label: t("pay.missing"), value: due, isFault: true };
  if (amount < due) return { amount, label: t("pay.then_due"), value: due - amount, isPart: true };
  const left = limit === null ? null : panel.left();
  return { amount, label: left ?? "", value: left === null ? null : limit - amount, isWhole: true };
}

/**
 * Shows the form in the dialog.  pay(tenders) is called with what pays `total`.
 * Answers {showFaults(list)}: [{index, text}] of the tenders that were sent.
 */
export function mountTender(dialog, total, { pay }) {
  const types = tenderTypes(cart.state.customer ?? null);
  let type = "cash";
  let ending = null; // of the panel on show
  let panel;
  let faults = [];
  dialog.setTitle(t("pay.title"));
  render(dialog.body, frame(types));
  const form = dialog.body.querySelector("form");
  const find = (selector) => form.querySelector(selector);
  const submit = find("[data-submit]");

  const state = () => tenders.settle(total);
  const isCovered = () => tenders.state.list.length > 0 && state().rest === 0;
  const due = () => (type === "cash" ? state().cashRest : state().rest);
  const entry = () => judge({ type, panel, due: due(), text: find("#tendered").value });

  function blame(text, field) {
    const fault = find(".pay-fault");
    fault.hidden = false;
    fault.textContent = text;
    field?.setAttribute("aria-invalid", "true");
    (field ?? find("#tendered")).focus();
    playFault();
  }

  function showDue() {
    const { excess, rounding } = state();
    const { list } = tenders.state;
    find("[data-due-label]").textContent = t(list.length ? "pay.still_due" : "pay.due");
    find("[data-due]").textContent = money(due());
    const notes = [];
    if (list.length) notes.push(t("pay.of_total", { total: money(total) }));
    if (type === "cash" && rounding) notes.push(t("pay.rounding", { rounding: money(rounding) }));
    if (excess) notes.push(t("pay.too_much", { amount: money(excess) }));
    find("[data-note]").textContent = notes.join(" · ");
    find("[data-note]").hidden = notes.length === 0;
    find(".pay-due").dataset.kind = excess ? "fault" : "due";
    const faultAt = (index) => faults.find((fault) => fault.index === index)?.text;
    render(find(".pay-tenders"), html`${list.map((tender, index) => tenderRow(tender, index, faultAt(index)))}`);
    find(".pay-tenders").hidden = list.length === 0;
  }

  function showEntry() {
    const [label, value] = find(".pay-change").children;
    const isReady = panel.ready();
    find("[data-amount]").hidden = !isReady;
    find(".keypad").hidden = !isReady;
    find(".pay-change").hidden = !isReady;
    if (!isReady) {
      submit.removeAttribute("aria-disabled");
      submit.textContent = t("pay.gift_check");
      return;
    }
    const now = entry();
    find(".pay-change").dataset.kind = now.isFault ? "missing" : now.isPart ? "part" : "change";
    find(".pay-change").hidden = now.label === "";
    label.textContent = now.label;
    value.textContent = now.value === undefined || now.value === null ? "" : money(now.value);
    submit.setAttribute("aria-disabled", String(!now.isWhole && !now.isPart));
    const text = now.amount === null ? t("pay.take_none")
      : t(now.isPart ? "pay.add" : "pay.take", { amount: money(now.amount) });
    submit.textContent = text;
  }

  function showPanel({ focus = true } = {}) {
    ending?.abort();
    ending = new AbortController();
    const { signal } = ending;
    const host = find(".pay-panel");
    const isDone = isCovered() || state().excess > 0;
    find(".pay-methods").hidden = isDone;
    showDue();
    if (isDone) {
      host.replaceChildren();
      find(".keypad").hidden = true;
      submit.textContent = t("pay.complete");
      submit.setAttribute("aria-disabled", String(state().excess > 0));
      if (focus) submit.focus();
      return;
    }
    find(`[name="method"][value="${type}"]`).checked = true;
    panel = tenderPanel(type, { due: due(), form, customer: cart.state.customer, refresh: showEntry });
    const most = panel.limit() === null ? due() : Math.min(due(), panel.limit());
    render(host, panelMarkup(panel, type, most));
    wireKeypad(form, find("#tendered"), { signal });
    host.addEventListener("input", ({ target }) => {
      target.removeAttribute("aria-invalid");
      find(".pay-fault").hidden = true;
      if (target.name === "code") panel.typed();
      showEntry();
    }, { signal });
    showEntry();
    if (focus) (panel.ready() ? find("#tendered") : host.querySelector("input")).focus();
  }

  function choose(next, options) {
    type = next;
    faults = faults.filter(({ index }) => index < tenders.state.list.length);
    showPanel(options);
  }

  async function prepare() {
    submit.setAttribute("aria-busy", "true");
    const { signal } = ending;
    const { fault, field } = await panel.prepare();
    submit.removeAttribute("aria-busy");
    if (signal.aborted) return;
    if (fault) {
      blame(fault, field);
      return;
    }
    find("#tendered").placeholder = formatPlain(entry().amount, session.currency);
    find("#tendered").focus();
  }

  function take(given = entry()) {
    if (submit.getAttribute("aria-busy") === "true") return;
    if (!given.isWhole && !given.isPart) {
      playFault();
      find("#tendered").focus();
      find("#tendered").select();
      return;
    }
    const { fault, field, ...members } = panel.read();
    if (fault) {
      blame(fault, field);
      return;
    }
    const tender = { type, amount: given.amount, ...members };
    if (given.isWhole) {
      pay(tenders.request(tender));
      return;
    }
    if (tenders.state.list.length + 1 >= MAX_TENDERS) {
      blame(t("pay.too_many", { count: MAX_TENDERS }));
      return;
    }
    faults = [];
    tenders.add(tender);
    choose(NEXT[type] ?? "cash");
    announce(t("pay.still_due_announce", { amount: money(due()) }));
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (isCovered() && state().excess === 0) pay(tenders.request());
    else if (state().excess > 0) playFault();
    else if (panel.ready()) take();
    else prepare();
  });
  form.addEventListener("click", ({ target }) => {
    const quick = target.closest("[data-tender]");
    if (quick) take({ amount: Number(quick.dataset.tender), isWhole: true });
    const off = target.closest("[data-off]");
    if (off) {
      faults = [];
      tenders.remove(Number(off.dataset.off));
      showPanel();
    }
  });
  form.addEventListener("change", ({ target }) => {
    // Arrows go on through the choices; a finger goes on to the amount.
    if (target.name === "method") choose(target.value, { focus: !target.matches(":focus-visible") });
  });
  form.addEventListener("keydown", (event) => {
    const step = { PageDown: 1, PageUp: -1 }[event.key];
    if (!step || find(".pay-methods").hidden) return;
    event.preventDefault();
    choose(types[(types.indexOf(type) + step + types.length) % types.length]);
  });
  dialog.element.addEventListener("mypos:scan", (event) => {
    if (type !== "gift_card" || !form.isConnected) return;
    event.preventDefault();
    form.elements.code.value = event.detail.code;
    panel.typed();
    prepare();
  }, { signal: dialog.signal });
  showPanel();

  return {
    showFaults(list) {
      faults = list;
      showDue();
      const mine = list.find(({ index }) => index >= tenders.state.list.length);
      if (mine) blame(mine.text);
    },
  };
}
