/*
 * The dialogs of webhooks: what is sent where, and the secret, which the server
 * shows once.
 */
import { webhooks_create, webhooks_read, webhooks_update } from "../api/webhooks.js";
import { openDialog } from "../components/dialog.js";
import { changesOf, checkedValues, checks, clearFaults, field, input, showFaults } from "../components/form.js";
import { icon } from "../components/icon.js";
import { faultText } from "../components/notice.js";
import { toast } from "../components/toast.js";
import { html } from "../lib/html.js";
import { t } from "../lib/i18n.js";

/* By what they are about; "*" is everything, also what later versions add. */
const ENTITIES = ["product", "category", "tax", "price_list", "promotion", "customer_group", "store", "register"];
const OPS = ["created", "updated", "archived", "restored"];
const GROUPS = [
  ["sales", ["transaction.completed", "transaction.refunded", "transaction.voided", "shift.closed"]],
  ["stock", ["stock.low"]],
  ["catalogue", [
    ...ENTITIES.flatMap((entity) => OPS.map((op) => `${entity}.${op}`)), "price_list.prices_set", "products.imported",
  ]],
];
const ALL = "*";
const GROUP_NAMES = { sales: "webhook.events_sales", stock: "webhook.events_stock", catalogue: "webhook.events_catalogue" };

/** The groups of which every type is wanted. */
function groupsOf(types) {
  return GROUPS.filter(([, members]) => types.includes(ALL) || members.every((type) => types.includes(type)))
    .map(([name]) => name);
}

/** The types of the groups; those of no group stay as they were. */
function typesOf(chosen, before) {
  if (chosen.length === GROUPS.length) return [ALL];
  const grouped = GROUPS.flatMap(([name, members]) => (chosen.includes(name) ? members : []));
  const complete = groupsOf(before);
  const single = before.filter((type) => type !== ALL && !grouped.includes(type)
    && !GROUPS.some(([name, members]) => complete.includes(name) && members.includes(type)));
  return [...new Set([...grouped, ...single])];
}

function body(shape) {
  return html`
    <form class="edit" novalidate>
      <div class="wide" data-message></div>
      ${field("url", t("webhook.url"), input("url", shape.url, html`type="url" inputmode="url" maxlength="2048" required spellcheck="false" placeholder="https://"`),
        { wide: true, hint: t("webhook.url_hint") })}
      ${field("description", t("webhook.description"), input("description", shape.description ?? "", html`maxlength="200"`), { wide: true })}
      ${checks("event_types", t("webhook.events"), GROUPS.map(([name]) => [name, t(GROUP_NAMES[name])]), groupsOf(shape.event_types))}
      <div class="dialog-actions">
        <button type="button" class="button" data-close>${t("action.cancel")}</button>
        <button class="button" data-kind="primary">${t("action.save")}</button>
      </div>
    </form>`;
}

function read(form, before) {
  const faults = [];
  const after = {
    url: form.elements.url.value.trim(),
    description: form.elements.description.value.trim() || null,
    event_types: typesOf(checkedValues(form, "event_types"), before.event_types),
  };
  if (!after.url) faults.push({ pointer: "/url", detail: t("edit.required") });
  if (after.event_types.length === 0) faults.push({ pointer: "/event_types", detail: t("webhook.events_none") });
  return { after, faults };
}

/**
 * webhook: as read, or null for a new one.  Answers the saved webhook, a new
 * one with its secret, or undefined.
 */
export function openWebhook(webhook) {
  let version = webhook?.version;
  const { url, description, event_types } = webhook ?? { url: "", description: null, event_types: [ALL] };
  const before = { url, description, event_types };
  const title = webhook ? t("webhook.edit") : t("webhook.new");
  const dialog = openDialog({ title, kind: "sheet", name: "webhook", body: body(before) });
  const form = dialog.body.querySelector("form");
  form.elements.url.focus();

  async function save(after) {
    const changes = changesOf(before, after);
    try {
      if (!webhook) dialog.close(await webhooks_create(after));
      else dialog.close(Object.keys(changes).length ? await webhooks_update(webhook.id, version, changes) : undefined);
    } catch (error) {
      if (error.code === "version_mismatch") {
        version = (await webhooks_read(webhook.id).catch(() => null))?.version ?? version;
        showFaults(form, [], t("webhook.changed_elsewhere"));
      } else {
        showFaults(form, error.errors ?? [], faultText(error));
      }
    }
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearFaults(form);
    const { after, faults } = read(form, before);
    if (faults.length) {
      showFaults(form, faults);
      return;
    }
    const button = form.querySelector('[data-kind="primary"]');
    button.setAttribute("aria-busy", "true");
    await save(after);
    button.removeAttribute("aria-busy");
  });
  return dialog.closed;
}

/** Shows a secret until somebody says that it is kept. */
export function showSecret(secret, text) {
  const dialog = openDialog({
    title: t("webhook.secret"),
    name: "webhook-secret",
    body: html`
      <div class="webhook-secret">
        <p>${text}</p>
        <input class="input" id="webhook-secret" readonly value="${secret}" aria-label="${t("webhook.secret")}" spellcheck="false">
        <div class="dialog-actions">
          <button type="button" class="button" data-copy>${icon("download")}${t("webhook.copy")}</button>
          <button type="button" class="button" data-kind="primary" data-kept>${t("webhook.kept")}</button>
        </div>
      </div>`,
  });
  const shown = dialog.body.querySelector("input");
  dialog.lock(true);
  shown.focus();
  shown.select();
  dialog.body.querySelector("[data-copy]").addEventListener("click", async () => {
    shown.select();
    try {
      await navigator.clipboard.writeText(secret);
      toast(t("webhook.copied"));
    } catch {
      // Without the right to the clipboard it is selected, to be copied by hand.
    }
  });
  dialog.body.querySelector("[data-kept]").addEventListener("click", () => {
    dialog.locked = false;
    dialog.close();
  });
  return dialog.closed;
}

/** Asks before something that cannot be undone at once; true when it was confirmed. */
export function confirm(title, text, action) {
  const dialog = openDialog({
    title,
    name: "webhook-confirm",
    body: html`
      <p>${text}</p>
      <div class="dialog-actions">
        <button type="button" class="button" data-close>${t("action.cancel")}</button>
        <button type="button" class="button" data-kind="danger" data-confirm>${action}</button>
      </div>`,
  });
  dialog.body.querySelector("[data-confirm]").addEventListener("click", () => dialog.close(true));
  return dialog.closed;
}
