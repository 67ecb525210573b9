"use strict";
// The page's own small behaviours: theme, sortable tables, explanations on hover and focus, the heat map.
const $ = id => document.getElementById(id);

// An element from a tag, properties and children. Text is only ever set as text.
function make(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name in node) node[name] = value; else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

const dark = matchMedia("(prefers-color-scheme: dark)");
function paint(theme) { document.documentElement.dataset.theme = theme; }
paint(dark.matches ? "dark" : "light");
dark.addEventListener("change", () => paint(dark.matches ? "dark" : "light"));
$("theme").addEventListener("click", () => paint(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));

document.addEventListener("click", event => {
  const button = event.target.closest("th button[data-sort]");
  if (button) sortBy(button.closest("table"), Number(button.dataset.sort));
});

function sortBy(table, column) {
  const heads = table.querySelectorAll("thead th"), head = heads[column];
  const numeric = head.classList.contains("number");
  const up = head.ariaSort ? head.ariaSort === "descending" : !numeric;
  for (const other of heads) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const key = row => {
    const cell = row.cells[column];
    return cell.dataset.value !== undefined ? Number(cell.dataset.value) : cell.textContent;
  };
  const order = (a, b) => {
    const x = key(a), y = key(b);
    if (typeof x !== typeof y) return typeof x === "number" ? -1 : 1; // unknown stays last either way
    const sign = typeof x === "number" ? x - y : x.localeCompare(y, undefined, {numeric: true});
    return up ? sign : -sign;
  };
  const body = table.tBodies[0];
  body.append(...[...body.rows].sort(order));
}

// A place in the page that lies in folded details is unfolded when a link leads there.
function unfold() {
  const target = location.hash.length > 1 && $(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  target.scrollIntoView({block: "start"});
}
addEventListener("hashchange", unfold);
addEventListener("load", unfold);

const tip = $("tip");
function showTip(near, content) {
  tip.replaceChildren(...content);
  tip.hidden = false;
  const box = near.getBoundingClientRect(), mine = tip.getBoundingClientRect();
  const below = box.bottom + mine.height + 12 < innerHeight || box.top < mine.height + 12;
  tip.style.left = `${scrollX + Math.max(8, Math.min(box.left, document.documentElement.clientWidth - mine.width - 8))}px`;
  tip.style.top = `${scrollY + (below ? box.bottom + 6 : box.top - mine.height - 6)}px`;
}
function hideTip() { tip.hidden = true; }
function explain(event) {
  const link = event.target.closest && event.target.closest("[data-tip]");
  if (!link) return;
  link.setAttribute("aria-describedby", "tip");
  showTip(link, [...link.parentElement.querySelector(".tip").cloneNode(true).childNodes]);
}
document.addEventListener("mouseover", explain);
document.addEventListener("focusin", explain);
document.addEventListener("mouseout", event => event.target.closest("[data-tip]") && hideTip());
document.addEventListener("focusout", hideTip);
document.addEventListener("keydown", event => event.key === "Escape" && hideTip());

// Every table can be taken along, as CSV for a spreadsheet or as Markdown for a pull request: what it shows, in the order it shows it.
const cells = row => [...row.cells].map(cell => cell.textContent.replace(/\s+/g, " ").trim());
const rowsOf = table => [...table.tHead.rows, ...table.tBodies[0].rows].map(cells);
const FORMS = {
  CSV: rows => rows.map(row => row.map(text => /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text).join(",")).join("\n") + "\n",
  Markdown: rows => [rows[0], rows[0].map(() => "---"), ...rows.slice(1)].map(row => `| ${row.map(text => text.replaceAll("|", "\\|")).join(" | ")} |`).join("\n") + "\n",
};
async function copy(button, text) {
  const was = button.textContent;
  try { await navigator.clipboard.writeText(text); button.textContent = "Copied"; } catch { button.textContent = "Not allowed here"; }
  setTimeout(() => { button.textContent = was; }, 2000);
}
function takeAlong(place) {
  for (const table of place.querySelectorAll(".scroll > table")) {
    const name = table.parentElement.getAttribute("aria-label") || "table";
    const buttons = Object.entries(FORMS).map(([form, written]) => {
      const button = make("button", {type: "button", ariaLabel: `Copy ${form}: ${name}`}, `Copy ${form}`);
      button.addEventListener("click", () => copy(button, written(rowsOf(table))));
      return button;
    });
    table.parentElement.after(make("p", {className: "taken"}, ...buttons));
  }
}
takeAlong(document);
