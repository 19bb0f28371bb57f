/* The keys, in a dialog and thus never out of date with the page around it. */
import { openDialog } from "../components/dialog.js";
import { t } from "../lib/i18n.js";
import { html } from "../lib/html.js";

const GROUPS = [
  ["help.group_find", [
    [["/", "F2"], "help.search"], [["↵"], "help.take_first"], [["3*"], "help.times"],
    [["←", "↑", "↓", "→"], "help.move"], [["Esc"], "help.escape"],
  ]],
  ["help.group_cart", [
    [["+", "−"], "help.step"], [["*"], "help.quantity"], [["%"], "help.discount"], [["="], "help.price"],
    [["Del"], "help.remove"], [["F3"], "help.lines"], [["F6"], "help.customer"], [["F8"], "parked.hold"], [["F9"], "parked.title"], [["Ctrl", "Z"], "help.undo"],
  ]],
  ["help.group_pay", [
    [["F4"], "help.pay"], [["PgUp", "PgDn"], "help.method"], [["↵"], "help.confirm"], [["P"], "help.print"], [["?", "F1"], "help.help"],
  ]],
];

export function openHelp() {
  openDialog({
    title: t("help.title"),
    kind: "wide",
    name: "help",
    body: html`
      <p class="soft">${t("help.scanner")}</p>
      <div class="keys">
        ${GROUPS.map(([title, rows]) => html`
          <section>
            <h3>${t(title)}</h3>
            <dl>${rows.map(([keys, text]) => html`
              <div><dt>${keys.map((key) => html`<kbd>${key}</kbd>`)}</dt><dd>${t(text)}</dd></div>`)}
            </dl>
          </section>`)}
      </div>`,
  });
}
