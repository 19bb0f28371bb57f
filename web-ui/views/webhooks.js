/*
 * Webhooks: which programs are told of what happens; beside the list the chosen
 * one, with every message that was sent to it and what came back.
 */
import {
  webhook_deliveries_list, webhook_deliveries_read, webhook_deliveries_retry, webhooks_list, webhooks_read, webhooks_rotate,
  webhooks_test, webhooks_update,
} from "../api/webhooks.js";
import { icon } from "../components/icon.js";
import { emptyNotice, faultNotice, faultText } from "../components/notice.js";
import { mountPagedList } from "../components/paged-list.js";
import { leadBack } from "../components/split.js";
import { toast } from "../components/toast.js";
import { formatCount, formatDateTime } from "../lib/format.js";
import { fragment, html, render } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { go } from "../lib/router.js";
import { session } from "../stores/session.js";
import { confirm, openWebhook, showSecret } from "./webhook-dialogs.js";

const PAGE = 50;
const DELIVERIES_PAGE = 20;
const LOOK_MS = 500;
const LOOK_TIMES = 40;
const ROW = "a.webhook";
const STATES = {
  pending: { kind: "amber", text: "webhook.pending" },
  delivered: { kind: "brand", text: "webhook.delivered" },
  failed: { kind: "danger", text: "webhook.failed" },
};
const REASONS = { gone: "webhook.reason_gone", failing: "webhook.reason_failing" };

const hostOf = (url) => new URL(url).host;
const when = (time) => formatDateTime(time, session.timeZone);

function stateOf(webhook) {
  if (webhook.enabled) return html`<span class="badge" data-kind="brand">${t("webhook.on")}</span>`;
  return html`<span class="badge" data-kind="${webhook.disabled_reason ? "danger" : "amber"}">${t("webhook.off")}</span>`;
}

function frame() {
  return html`
    <div class="webhooks split" data-detail="false">
      <section class="split-list" aria-labelledby="webhooks-title">
        <header class="split-head">
          <h1 id="webhooks-title" class="hidden-on-phone">${t("place.webhooks")}</h1>
          <button type="button" class="button" data-kind="primary" data-do="new">${icon("plus")}${t("webhook.new")}</button>
        </header>
        <p class="soft">${t("webhook.what")}</p>
        <div class="split-rows"></div>
      </section>
      <section class="split-detail" aria-label="${t("webhook.detail")}"></section>
    </div>`;
}

function row(webhook, current) {
  return html`
    <li><a class="webhook" href="#/webhooks/${webhook.id}" data-id="${webhook.id}" aria-current="${webhook.id === current}">
      <span class="webhook-sign">${icon("globe")}</span>
      <span class="webhook-text"><strong>${webhook.description ?? hostOf(webhook.url)}</strong><span class="soft">${webhook.url}</span></span>
      ${stateOf(webhook)}
      ${icon("chevron")}
    </a></li>`;
}

/* --- deliveries --------------------------------------------------------------------------------- */

function attempt({ at, http_status: status, latency_ms: latency, error, answer }) {
  return html`
    <li class="webhook-attempt">
      <p><strong>${status ?? t("webhook.no_answer")}</strong> <span class="soft">${when(at)} · ${t("webhook.latency", { ms: formatCount(latency) })}</span></p>
      ${error && html`<p>${error}</p>`}
      ${answer && html`<pre tabindex="0" aria-label="${t("webhook.answer")}">${answer}</pre>`}
    </li>`;
}

function deliveryRow(delivery, open) {
  return html`
    <li><details class="webhook-delivery" ?open="${open}">
      <summary data-id="${delivery.id}">
        <span class="webhook-text"><strong>${delivery.event_type}</strong><span class="soft">${when(delivery.event_at)}</span></span>
        <span class="badge" data-kind="${STATES[delivery.state].kind}">${t(STATES[delivery.state].text)}</span>
        ${icon("chevron")}
      </summary>
      <div class="webhook-delivery-body">
        ${delivery.next_attempt_at && html`<p class="soft">${t("webhook.next", { when: when(delivery.next_attempt_at) })}</p>`}
        ${delivery.attempts.length > 0 && html`<ol>${delivery.attempts.map(attempt)}</ol>`}
        <div data-payload></div>
        <button type="button" class="button" data-again="${delivery.id}">${icon("undo")}${t("webhook.again")}</button>
      </div>
    </details></li>`;
}

/* `opened` holds the ids of those that are looked at: they stay open when the list comes anew. */
function mountDeliveries(host, webhookId, { signal, opened }) {
  const list = mountPagedList(host, {
    signal,
    ask: (query, options) => webhook_deliveries_list(webhookId, query, options),
    query: () => ({ limit: DELIVERIES_PAGE }),
    row: (delivery) => deliveryRow(delivery, opened.has(delivery.id)),
    item: "summary",
    skeleton: "webhook",
    empty: () => emptyNotice("mail", t("webhook.no_deliveries"), t("webhook.no_deliveries_text")),
  });

  /** The message comes when it is looked at. */
  host.addEventListener("toggle", async ({ target }) => {
    const place = target.querySelector?.("[data-payload]");
    if (!place) return;
    const { id } = target.querySelector("summary").dataset;
    if (target.isConnected) opened[target.open ? "add" : "delete"](id);
    if (!target.open || place.hasChildNodes()) return;
    try {
      const { payload } = await webhook_deliveries_read(webhookId, id, { signal });
      render(place, html`<pre tabindex="0" aria-label="${t("webhook.message")}">${JSON.stringify(payload, null, 2)}</pre>`);
    } catch (error) {
      if (error.kind !== "cancelled") toast(faultText(error), { kind: "fault" });
    }
  }, { capture: true, signal });
  return list;
}

/** Waits until a delivery has come to an end, for some seconds; as it is then. */
async function outcomeOf(webhookId, delivery, signal) {
  let now = delivery;
  for (let i = 0; i < LOOK_TIMES && now.state === "pending" && now.attempt_count === delivery.attempt_count; i += 1) {
    await new Promise((resolve) => { setTimeout(resolve, LOOK_MS); });
    if (signal.aborted) return now;
    now = await webhook_deliveries_read(webhookId, delivery.id, { signal });
  }
  return now;
}

function tell(delivery) {
  if (delivery.state === "delivered") {
    toast(t("webhook.arrived", { ms: formatCount(delivery.attempts.at(-1).latency_ms) }));
  } else {
    toast(t("webhook.not_arrived", { why: delivery.attempts.at(-1)?.error ?? t("webhook.pending") }), { kind: "fault" });
  }
}

/* --- the chosen webhook ------------------------------------------------------------------------- */

function sheetOf(webhook) {
  const reason = webhook.disabled_reason && t(REASONS[webhook.disabled_reason]);
  return html`
    ${reason && html`<div class="banner" data-kind="danger">${icon("alert")}<span>${reason}</span></div>`}
    <div class="webhook-actions">
      <button type="button" class="button" data-kind="primary" data-act="test">${icon("mail")}${t("webhook.test")}</button>
      <button type="button" class="button" data-act="toggle">${icon(webhook.enabled ? "pause" : "check")}${t(webhook.enabled ? "webhook.disable" : "webhook.enable")}</button>
      <button type="button" class="button" data-act="rotate">${icon("safe")}${t("webhook.rotate")}</button>
      <button type="button" class="button" data-kind="danger" data-act="archive">${icon("trash")}${t("webhook.archive")}</button>
    </div>
    <p class="webhook-types">${webhook.event_types.includes("*")
      ? html`<span class="badge">${t("webhook.everything")}</span>`
      : webhook.event_types.map((type) => html`<span class="badge">${type}</span>`)}</p>
    <section class="webhook-log"><h3>${t("webhook.deliveries")}</h3><div data-deliveries></div></section>`;
}

/* What the buttons do; true when the webhook is another now, "gone" when it left the list. */
const ACTS = {
  async edit(webhook) {
    const saved = await openWebhook(webhook);
    if (saved) toast(t("edit.saved", { name: hostOf(saved.url) }));
    return Boolean(saved);
  },
  async test(webhook, { signal }) {
    tell(await outcomeOf(webhook.id, await webhooks_test(webhook.id), signal));
    return true;
  },
  async toggle(webhook) {
    await webhooks_update(webhook.id, webhook.version, { enabled: !webhook.enabled });
    return true;
  },
  async rotate(webhook) {
    if (!await confirm(t("webhook.rotate"), t("webhook.rotate_text"), t("webhook.rotate"))) return false;
    const { secret, previous_valid_until: until } = await webhooks_rotate(webhook.id);
    await showSecret(secret, t("webhook.rotated", { when: when(until) }));
    return false;
  },
  async archive(webhook) {
    if (!await confirm(t("webhook.archive"), t("webhook.archive_text"), t("webhook.archive"))) return false;
    await webhooks_update(webhook.id, webhook.version, { archived: true });
    return "gone";
  },
};

function mountDetail(host, id, { signal, onChanged }) {
  let webhook = null;
  let list = null;
  const opened = new Set();
  host.replaceChildren(fragment(html`
    <header class="split-detail-head">
      <a class="icon-button split-back" href="#/webhooks" aria-label="${t("webhook.back")}">${icon("back")}</a>
      <div class="split-detail-title"><h2></h2><p class="soft webhook-url"></p></div>
      <button type="button" class="button" data-act="edit" hidden>${icon("edit")}${t("webhook.edit")}</button>
    </header>
    <div class="webhook-sheet" aria-busy="true"></div>`));
  const sheet = host.querySelector(".webhook-sheet");

  function show() {
    host.querySelector("h2").textContent = webhook.description ?? hostOf(webhook.url);
    host.querySelector(".webhook-url").textContent = webhook.url;
    host.querySelector('[data-act="edit"]').hidden = false;
    sheet.removeAttribute("aria-busy");
    const { act, id: delivery } = sheet.contains(document.activeElement) ? document.activeElement.dataset : {};
    render(sheet, sheetOf(webhook));
    if (act) sheet.querySelector(`[data-act="${act}"]`)?.focus();
    list = mountDeliveries(sheet.querySelector("[data-deliveries]"), id, { signal, opened });
    list.load().then(() => {
      if (delivery) sheet.querySelector(`[data-id="${delivery}"]`)?.focus({ preventScroll: true });
    });
  }

  async function load() {
    try {
      webhook = await webhooks_read(id, { signal });
      if (!signal.aborted) show();
    } catch (error) {
      if (error.kind === "cancelled" || signal.aborted) return;
      host.querySelector("h2").textContent = t("webhook.detail");
      render(sheet, faultNotice(error));
    }
  }

  async function act(button) {
    button.setAttribute("aria-busy", "true");
    try {
      if (button.dataset.again) {
        tell(await outcomeOf(id, await webhook_deliveries_retry(id, button.dataset.again), signal));
        if (!signal.aborted) list.load({ quiet: true });
        return;
      }
      const changed = await ACTS[button.dataset.act](webhook, { signal });
      if (!changed || signal.aborted) return;
      onChanged();
      if (changed === "gone") go("webhooks");
      else await load();
    } catch (error) {
      if (error.kind === "cancelled") return;
      toast(faultText(error), { kind: "fault" });
      if (error.code === "version_mismatch") load();
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  host.addEventListener("click", ({ target }) => {
    if (target.closest("[data-retry]") && !webhook) load();
    const button = target.closest("[data-act], [data-again]");
    if (button && button.getAttribute("aria-busy") !== "true") act(button);
  }, { signal });
  load();
}

export function mountWebhooks(host, { parameters: [id = null], signal }) {
  host.append(fragment(frame()));
  const find = (selector) => host.querySelector(selector);
  const list = mountPagedList(find(".split-rows"), {
    signal,
    ask: webhooks_list,
    query: () => ({ limit: PAGE }),
    row: (webhook) => row(webhook, id),
    item: ROW,
    skeleton: "webhook",
    empty: () => emptyNotice("globe", t("webhook.none"), t("webhook.none_text")),
  });
  if (id) leadBack("webhooks", { signal });
  find('[data-do="new"]').addEventListener("click", async () => {
    const made = await openWebhook(null);
    if (!made) return;
    await showSecret(made.secret, t("webhook.secret_text"));
    if (!signal.aborted) go("webhooks", made.id);
  }, { signal });

  find(".webhooks").dataset.detail = String(id !== null);
  if (id) mountDetail(find(".split-detail"), id, { signal, onChanged: () => list.load({ quiet: true }) });
  else render(find(".split-detail"), emptyNotice("globe", t("webhook.choose_one"), t("webhook.choose_text")));
  list.load().then(() => {
    if (!signal.aborted && id) host.querySelector(`${ROW}[aria-current="true"]`)?.focus({ preventScroll: true });
  });
}
