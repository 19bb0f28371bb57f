/*
 * The API reference: reads /openapi.json and lays it out. The guide (the document's description) comes first, then
 * the operations by tag, then what the server sends by itself. Addresses: #products_create is an operation,
 * #tag-products a tag, #event-stock.low an event, #problem-sku_taken a problem, and #errors a heading of the guide.
 */
import { announce, h } from "/docs/dom.js";
import { eventsOf, eventsView, summaryText } from "/docs/event.js";
import { markdown, plain, slug } from "/docs/markdown.js";
import { methodBadge, operationView } from "/docs/operation.js";

const main = document.getElementById("main");
const contents = document.getElementById("contents");

async function start() {
  startTheme();
  startSidebar();
  let document_;
  try {
    const response = await fetch("/openapi.json");
    if (!response.ok) throw new Error(`The server answered ${response.status}.`);
    document_ = await response.json();
  } catch (error) {
    main.replaceChildren(h("p.failure", { role: "alert" }, `/openapi.json could not be read. ${error.message}`));
    main.setAttribute("aria-busy", "false");
    return;
  }
  layOut(document_);
  startSearch();
  startPlace();
}

/* The operations of each tag, in the order of the document. */
function operationsByTag(document_) {
  const byTag = new Map(document_.tags.map((tag) => [tag.name, []]));
  for (const [path, item] of Object.entries(document_.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      byTag.get(operation.tags[0]).push({ ...operation, path, method, parameters: operation.parameters ?? [] });
    }
  }
  return byTag;
}

function layOut(document_) {
  const byTag = operationsByTag(document_);
  document.getElementById("version").textContent = document_.info.version;
  document.title = `${document_.info.title} API reference`;

  const guide = h("article.guide", null,
    h("h1", null, document_.info.title, " API"),
    h("p.lead", null, document_.info.summary),
    markdown(document_.info.description));
  const tagByName = new Map(document_.tags.map((tag) => [tag.name, tag]));
  const groups = document_["x-tagGroups"] ?? [{ name: "Operations", tags: [...tagByName.keys()] }];
  const sections = groups.flatMap((group) => group.tags).map((name) => tagView(document_, tagByName.get(name), byTag.get(name)));
  const events = eventsOf(document_);
  main.replaceChildren(guide, ...sections, eventsView(document_, events));
  main.setAttribute("aria-busy", "false");
  contents.replaceChildren(...contentsView(guide, groups, byTag, events));
}

function tagView(document_, tag, operations) {
  const id = `tag-${slug(tag.name)}`;
  return h("section.tag", { "aria-labelledby": id },
    h("h2", { id, tabindex: "-1" }, tag.name, h("a.anchor", { href: `#${id}`, "aria-label": `Link to ${tag.name}` }, "#")),
    markdown(tag.description),
    operations.map((operation) => operationView(document_, operation)));
}

/* The sidebar. `data-words` is what the search looks through. */
function contentsView(guide, groups, byTag, events) {
  const heading = (element) => [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join("");
  const guideLinks = [...guide.querySelectorAll("h2[id], h3[id]")].map((element) =>
    h("li", { "data-words": `guide ${heading(element)}`.toLowerCase(), class: element.localName === "h3" ? "inner" : null },
      h("a", { href: `#${element.id}` }, heading(element))));
  const problems = [...guide.querySelectorAll("tr[id^=problem-]")].map((row) =>
    h("li", { "data-words": `problem error ${row.textContent}`.toLowerCase() },
      h("a", { href: `#${row.id}` }, h("code", null, row.cells[0].querySelector("code").textContent))));
  return [
    block("Guide", guideLinks),
    ...groups.flatMap((group) => [
      h("p.group-name", null, group.name),
      ...group.tags.map((name) => block(name, byTag.get(name).map((operation) =>
        h("li", { "data-words": [name, operation.summary, operation.operationId, operation.method, operation.path, plain(operation.description)].join(" ").toLowerCase() },
          h("a", { href: `#${operation.operationId}` }, methodBadge(operation.method), h("span", null, operation.summary)))), `tag-${slug(name)}`)),
    ]),
    block("Events", events.map(({ id, summary, types }) =>
      h("li", { "data-words": ["event webhook", summaryText(summary), ...types].join(" ").toLowerCase() },
        h("a", { href: `#${id}` }, h("span", null, summaryText(summary))))), "tag-events"),
    h("p.group-name", null, "Errors"),
    block("Problems", problems, null, true),
  ];
}

function block(title, items, id, folded = false) {
  return h("details.block", { open: !folded, "data-folded": folded },
    h("summary", null, id ? h("a", { href: `#${id}` }, title) : title), h("ul", null, items));
}

/* ---- search: narrows the sidebar ---- */

function startSearch() {
  const input = document.getElementById("search");
  const state = document.getElementById("search-state");
  const items = [...contents.querySelectorAll("li")];
  const narrow = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const item of items) {
      item.hidden = !words.every((word) => item.dataset.words.includes(word));
      if (!item.hidden) found++;
    }
    for (const each of contents.querySelectorAll(".block")) {
      const some = each.querySelector("li:not([hidden])") !== null;
      each.hidden = !some;
      each.open = words.length ? some : !each.hasAttribute("data-folded");
    }
    contents.toggleAttribute("data-searching", words.length > 0);
    state.textContent = words.length ? (found ? `${found} found` : "Nothing found") : "";
  };
  input.addEventListener("input", narrow);
  input.addEventListener("keydown", (event) => {
    const links = visibleLinks();
    if (event.key === "Escape" && input.value) {
      input.value = "";
      narrow();
      event.stopPropagation();
    } else if (event.key === "Enter" && input.value && links.length) {
      links[0].click();
    } else if (event.key === "ArrowDown" && links.length) {
      event.preventDefault();
      links[0].focus();
    }
  });
  contents.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const links = visibleLinks();
    const next = links.indexOf(document.activeElement) + step;
    (next < 0 ? input : links[Math.min(next, links.length - 1)]).focus();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    const asked = (event.key === "/" && !typing) || (event.key === "k" && (event.ctrlKey || event.metaKey));
    if (!asked) return;
    event.preventDefault();
    openSidebar();
    input.focus();
    input.select();
  });
}

function visibleLinks() {
  return [...contents.querySelectorAll("li:not([hidden]) > a")].filter((link) => link.offsetParent !== null);
}

/* ---- place: the address names what is shown, and the sidebar follows the scrolling ---- */

function startPlace() {
  const links = new Map([...contents.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
  addEventListener("hashchange", goToHash);
  goToHash();
  const anchors = [...main.querySelectorAll("h2[id], h3[id]")].filter((element) => links.has(element.id));
  let waiting = false;
  const follow = () => {
    waiting = false;
    const line = 120;
    const current = anchors.findLast((element) => element.getBoundingClientRect().top < line) ?? anchors[0];
    for (const [id, link] of links) {
      if (id !== current.id) link.removeAttribute("aria-current");
      else if (!link.hasAttribute("aria-current")) {
        link.setAttribute("aria-current", "location");
        keepInView(link);
      }
    }
  };
  addEventListener("scroll", () => {
    if (!waiting) requestAnimationFrame(follow);
    waiting = true;
  }, { passive: true });
  follow();
}

function keepInView(link) {
  const sidebar = document.getElementById("sidebar");
  const box = link.getBoundingClientRect();
  const frame = sidebar.getBoundingClientRect();
  if (sidebar.contains(document.activeElement) || link.offsetParent === null) return;
  if (box.top < frame.top + 80 || box.bottom > frame.bottom - 20) {
    sidebar.scrollTop += box.top - frame.top - frame.height / 2;
  }
}

/* The target did not exist when the page was loaded, so the browser did not go there by itself. */
function goToHash() {
  const id = decodeURIComponent(location.hash.slice(1));
  const target = id && document.getElementById(id);
  for (const element of document.querySelectorAll(".is-target")) element.classList.remove("is-target");
  if (!target) return;
  closeSidebar();
  target.classList.add("is-target");
  target.scrollIntoView({ block: "start" });
  target.focus({ preventScroll: true });
}

/* ---- sidebar on small screens ---- */

const menuButton = document.querySelector(".menu-button");
const backdrop = document.querySelector(".backdrop");
const sidebar = document.getElementById("sidebar");
const small = matchMedia("(max-width: 60rem)");

function startSidebar() {
  menuButton.addEventListener("click", () => (sidebar.hasAttribute("data-open") ? closeSidebar() : openSidebar()));
  backdrop.addEventListener("click", closeSidebar);
  /* A link to where the page already is changes no address. */
  sidebar.addEventListener("click", (event) => {
    if (event.target.closest("a")?.hash === location.hash) goToHash();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !sidebar.hasAttribute("data-open")) return;
    closeSidebar();
    menuButton.focus();
  });
  small.addEventListener("change", closeSidebar);
  closeSidebar();
}

function openSidebar() {
  if (!small.matches) return;
  sidebar.inert = false;
  sidebar.setAttribute("data-open", "");
  backdrop.hidden = false;
  main.inert = true;
  menuButton.setAttribute("aria-expanded", "true");
  document.getElementById("search").focus();
}

function closeSidebar() {
  sidebar.removeAttribute("data-open");
  sidebar.inert = small.matches;
  backdrop.hidden = true;
  main.inert = false;
  menuButton.setAttribute("aria-expanded", "false");
}

/* ---- theme: the same choice as the till's, kept under the same name ---- */

function startTheme() {
  const themes = ["auto", "light", "dark"];
  const button = document.getElementById("theme");
  let theme = "auto";
  try {
    theme = JSON.parse(localStorage.getItem("mypos.theme")) ?? "auto";
  } catch {
    // No storage, or something foreign in it: as the system says.
  }
  const apply = () => {
    if (!themes.includes(theme)) theme = "auto";
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    const label = `Theme: ${theme === "auto" ? "as the system" : theme}`;
    button.setAttribute("aria-label", label);
    button.title = label;
  };
  button.addEventListener("click", () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    try {
      localStorage.setItem("mypos.theme", JSON.stringify(theme));
    } catch {
      // The choice holds until the page is left.
    }
    apply();
    announce(button.title);
  });
  apply();
}

start();
