/*
 * The shift of this register: open it with the float, move cash, see the X
 * report, close it; and the Z reports of those before.
 */
import { shifts_list, shifts_read, shifts_report } from "../api/shifts.js";
import { mountCashCount } from "../components/cash-count.js";
import { icon } from "../components/icon.js";
import { emptyNotice, faultNotice, faultText } from "../components/notice.js";
import { mountPagedList } from "../components/paged-list.js";
import { mountPaper } from "../components/receipt-paper.js";
import { leadBack } from "../components/split.js";
import { toast } from "../components/toast.js";
import { formatDateTime, formatTime } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { fragment, html, render } from "../lib/html.js";
import { formatMoney } from "../lib/money.js";
import { go } from "../lib/router.js";
import { uuidv7 } from "../lib/uuid.js";
import { session } from "../stores/session.js";
import { shift } from "../stores/shift.js";
import { MOVEMENTS, openClosing, openMovement } from "./shift-dialogs.js";

const PAGE = 50;
const ROW = "a.past-shift";

const money = (minor) => formatMoney(minor, session.currency);

function frame() {
  return html`
    <div class="shift" data-detail="false">
      <section class="shift-list" aria-labelledby="shift-title">
        <h1 id="shift-title" class="hidden-on-phone">${t("place.shift")}</h1>
        <div class="shift-now" aria-busy="true"><div class="shift-card skeleton"></div></div>
        <h2>${t("shift.past")}</h2>
        <div class="shift-rows"></div>
      </section>
      <section class="shift-detail" aria-label="${t("shift.report")}"></section>
    </div>`;
}

function openingMarkup() {
  return html`
    <form class="shift-card" novalidate>
      <header class="shift-card-head"><span class="notice-icon">${icon("clock")}</span>
        <div><h2>${t("shift.none", { register: session.state.register.name })}</h2>
          <p class="soft">${t("shift.none_text")}</p></div>
      </header>
      <div data-count></div>
      <p class="fault" role="alert"></p>
      <button class="button" data-kind="primary" data-size="large" data-wide data-submit>${t("shift.open")}</button>
    </form>`;
}

function fact(label, value) {
  return html`<div><dt class="soft">${label}</dt><dd class="amount">${value}</dd></div>`;
}

function movementRow(movement) {
  const amount = movement.type === "pay_in" ? movement.amount : -movement.amount;
  return html`
    <li class="shift-movement">
      ${icon(MOVEMENTS[movement.type].icon)}
      <span class="shift-movement-text"><strong>${t(MOVEMENTS[movement.type].text)}</strong>
        <span class="soft">${movement.reason} · ${movement.by.name}</span></span>
      <span class="amount soft">${formatTime(movement.at, session.timeZone)}</span>
      <span class="shift-movement-amount amount">${movement.type === "no_sale" ? "" : money(amount)}</span>
    </li>`;
}

function openMarkup({ shift: open, movements }) {
  const { report } = open;
  return html`
    <div class="shift-card">
      <header class="shift-card-head"><span class="notice-icon" data-kind="brand">${icon("clock")}</span>
        <div><h2>${t("shift.number", { number: open.number })} <span class="badge" data-kind="brand">${t("shift.state_open")}</span></h2>
          <p class="soft">${t("shift.since", { when: formatDateTime(open.opened_at, session.timeZone), name: open.opened_by.name })}</p></div>
      </header>
      <dl class="shift-facts">
        ${fact(t("shift.transactions"), report.transactions)}
        ${fact(t("shift.net"), money(report.net_total))}
        ${fact(t("shift.float"), money(open.opening_float.total))}
        ${report.cash && fact(t("shift.expected"), money(report.cash.expected))}
      </dl>
      <div class="shift-actions" role="group" aria-label="${t("shift.actions")}">
        ${Object.entries(MOVEMENTS).map(([type, { text, icon: name }]) => html`
          <button type="button" class="button" data-move="${type}" aria-haspopup="dialog">${icon(name)}${t(text)}</button>`)}
      </div>
      <div class="shift-actions" data-ends>
        <a class="button" href="#/shift/${open.id}" data-x>${icon("receipt")}${t("shift.x_report")}</a>
        <button type="button" class="button" data-kind="primary" data-close-shift aria-haspopup="dialog">${t("shift.close")}</button>
      </div>
      <section aria-labelledby="shift-movements">
        <h3 id="shift-movements">${t("shift.movements")}</h3>
        ${movements.length > 0
          ? html`<ul class="shift-movements">${movements.map(movementRow)}</ul>`
          : html`<p class="soft">${t("shift.no_movements")}</p>`}
      </section>
    </div>`;
}

function pastRow(past, current) {
  const { over_short: difference, net_total: net } = past.z_report;
  const kind = difference < 0 ? "danger" : "amber";
  return html`
    <li><a class="sale past-shift" href="#/shift/${past.id}" data-id="${past.id}" aria-current="${past.id === current}">
      <span class="past-number amount">${past.number}</span>
      <span class="sale-text"><strong>${formatDateTime(past.closed_at, session.timeZone)}</strong>
        <span class="soft">${past.closed_by.name}${difference !== 0 && html` <span class="badge amount" data-kind="${kind}">${money(difference)}</span>`}</span></span>
      <span class="sale-total amount">${money(net)}</span>
      ${icon("chevron")}
    </a></li>`;
}

/** The form that opens a shift; its id stays the same until it is open. */
function mountOpening(host) {
  const id = uuidv7();
  const gone = new AbortController();
  render(host, openingMarkup());
  const form = host.querySelector("form");
  const submit = form.querySelector("[data-submit]");
  const count = mountCashCount(form.querySelector("[data-count]"), {
    signal: gone.signal,
    onChange(counted) {
      submit.setAttribute("aria-disabled", String(counted === null));
      submit.textContent = counted === null ? t("shift.open") : t("shift.open_with", { total: money(counted.total) });
    },
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const counted = count.read();
    if (counted === null || submit.getAttribute("aria-busy") === "true") {
      count.focus();
      return;
    }
    submit.setAttribute("aria-busy", "true");
    try {
      await shift.open(counted, id);
      toast(t("shift.opened", { number: shift.state.shift?.number ?? "" }));
    } catch (error) {
      form.querySelector(":scope > .fault").textContent = faultText(error);
      if (error.code === "shift_open") shift.load();
    } finally {
      submit.removeAttribute("aria-busy");
    }
  });
  return gone;
}

/** The report of one shift, on paper; the number in its title comes with the shift. */
function mountDetail(host, id, { signal }) {
  render(host, html`
    <header class="split-detail-head">
      <a class="icon-button split-back" href="#/shift" aria-label="${t("shift.back")}">${icon("back")}</a>
      <div class="split-detail-title"><h2></h2><p class="soft"></p></div>
      <button type="button" class="button" data-print>${icon("printer")}${t("shift.print")}</button>
    </header>
    <div class="sales-receipt"></div>`);
  const paper = mountPaper(host.querySelector(".sales-receipt"), () => shifts_report(id, { signal }), {
    label: t("shift.report"),
  });
  host.querySelector("[data-print]").addEventListener("click", () => paper.print(), { signal });
  shifts_read(id, { signal }).then((chosen) => {
    const title = host.querySelector("h2");
    if (!title) return;
    const kind = t(chosen.state === "open" ? "shift.x_report" : "shift.z_report");
    title.textContent = `${kind} ${chosen.number}`;
    host.querySelector("p").textContent = chosen.late
      ? t("shift.late", { count: chosen.late.transactions, total: money(chosen.late.sales) })
      : formatDateTime(chosen.closed_at ?? chosen.opened_at, session.timeZone);
  }, () => {}); // The paper below says what is wrong.
}

/** What this register has now: a form that opens a shift, or the open one. */
function mountNow(host, { signal, onClosed, onChanged }) {
  let shown = null;
  let opening = null;

  function show(state) {
    const kind = state.status === "ready" ? `ready ${state.shift?.id}` : state.status;
    host.setAttribute("aria-busy", String(state.status === "loading"));
    if (state.status === "failed") render(host, faultNotice(state.error));
    // Nobody's half counted float goes because something was read again.
    if (state.status === "ready" && (state.shift || kind !== shown)) {
      opening?.abort();
      if (state.shift) render(host, openMarkup(state));
      else opening = mountOpening(host);
    }
    if (kind !== shown || state.shift) onChanged(state);
    shown = kind;
  }

  host.addEventListener("click", async ({ target }) => {
    const type = target.closest("[data-move]")?.dataset.move;
    if (type) {
      await openMovement(type);
      host.querySelector(`[data-move="${type}"]`)?.focus(); // another button than before, when something moved
    }
    if (target.closest("[data-retry]")) shift.load({ signal });
    if (target.closest("[data-close-shift]")) {
      const closed = await openClosing();
      if (closed && !signal.aborted) onClosed(closed);
    }
  }, { signal });
  shift.onChange(show, { signal });
  signal.addEventListener("abort", () => opening?.abort());
  if (shift.state.status === "ready") show(shift.state);
}

export function mountShift(host, { parameters: [id = null], signal }) {
  host.append(fragment(frame()));
  const find = (selector) => host.querySelector(selector);
  const detail = find(".shift-detail");
  let paper = null;
  let shownX = null;

  function showReport(shift_id) {
    paper?.abort();
    paper = new AbortController();
    mountDetail(detail, shift_id, { signal: AbortSignal.any([signal, paper.signal]) });
  }

  const list = mountPagedList(find(".shift-rows"), {
    signal,
    ask: shifts_list,
    query: () => ({ register_id: session.state.register.id, state: "closed", limit: PAGE }),
    row: (past) => pastRow(past, id),
    item: ROW,
    skeleton: "sale",
    empty: () => emptyNotice("receipt", t("shift.none_past"), t("shift.none_past_text")),
  });
  mountNow(find(".shift-now"), {
    signal,
    onClosed: () => {
      list.load({ quiet: true });
      if (id) go("shift");
      shift.load({ signal });
    },
    // Beside the open shift stands its X report, as new as the shift.
    onChanged({ shift: open }) {
      if (id && id !== open?.id) return;
      if (open) showReport(open.id);
      else if (shownX) render(detail, emptyNotice("receipt", t("shift.choose"), t("shift.choose_text")));
      shownX = open?.id ?? null;
    },
  });
  if (id) leadBack("shift", { signal });

  find(".shift").dataset.detail = String(id !== null);
  if (id) showReport(id);
  else if (!shownX) render(detail, emptyNotice("receipt", t("shift.choose"), t("shift.choose_text")));
  shift.load({ signal });
  list.load().then(() => {
    if (!signal.aborted && id) host.querySelector(`${ROW}[aria-current="true"]`)?.focus({ preventScroll: true });
  });
}
