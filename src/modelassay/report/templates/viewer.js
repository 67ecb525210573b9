// The viewer of samples. Nothing is unpacked before a problem is opened; a sample's text is only set as text.
const viewer = {index: null, chunks: new Map(), waiting: new Map(), rows: [], at: -1, open: null, chosen: new Map(), touched: false};
const form = $("filters");

async function unpack(base64) {
  const bytes = Uint8Array.from(atob(base64.trim()), c => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

// Files beside the page call this; base64 cannot hold anything that runs.
window.assayChunk = (number, base64) => {
  const waiting = viewer.waiting.get(number);
  if (waiting) unpack(base64).then(waiting.resolve, waiting.reject);
};

function beside(number) {
  return new Promise((resolve, reject) => {
    viewer.waiting.set(number, {resolve, reject});
    const script = make("script", {src: `candidates/${number}.js${viewer.index.beside === "all" ? `?${Date.now()}` : ""}`});
    script.addEventListener("error", () => reject(new Error("not beside this page")));
    script.addEventListener("load", () => script.remove());
    document.head.append(script);
  });
}

async function chunk(number) {
  const {index, chunks} = viewer;
  if (chunks.has(number)) return chunks.get(number);
  const here = index.embedded.includes(number), there = index.beside === "all" || index.beside.includes(number);
  let found = null, partial = false;
  if (there) {
    try { found = await beside(number); } catch { partial = true; }
  }
  if (!found && here) found = await unpack($(`chunk-${number}`).textContent);
  if (!found) return null;
  found.partial = partial;
  if (index.beside !== "all") chunks.set(number, found);
  return found;
}

function options(select, pairs) {
  const kept = select.value;
  select.replaceChildren(...pairs.map(([value, text]) => make("option", {value}, text)));
  if (pairs.some(([value]) => value === kept)) select.value = kept;
}

function refill() {
  const {index} = viewer, benchmark = form.benchmark.value;
  const mine = index.runs.map((run, i) => [i, run]).filter(([, run]) => run.benchmark === benchmark);
  mine.sort(([, a], [, b]) => a.letter.length - b.letter.length || (a.letter < b.letter ? -1 : 1)); // A won: it is opened first
  options(form.suite, [...new Set(mine.flatMap(([i]) => Object.keys(index.counts[i])))].map(s => [s, s]));
  options(form.run, mine.map(([i, run]) => [String(i), `${run.letter} ${run.name}`]));
  options(form.other, [["", "nothing"], ...mine.map(([i, run]) => [String(i), `${run.letter} ${run.name}`])]);
}

// A model is not compared with itself.
function bar() {
  for (const option of form.other.options) option.disabled = option.value !== "" && option.value === form.run.value;
  if (form.other.value === form.run.value) form.other.value = "";
}

// passed and graded of every problem, per run of the chosen benchmark and suite
function tally() {
  const {index} = viewer, found = new Map();
  index.runs.forEach((run, i) => {
    if (run.benchmark !== form.benchmark.value) return;
    for (const [n, passed, graded] of index.counts[i][form.suite.value] || []) {
      if (!found.has(n)) found.set(n, new Map());
      found.get(n).set(i, [passed, graded]);
    }
  });
  return found;
}

// problems where the suites of a run count different samples as passed
function divided(run) {
  const seen = new Map(), found = new Set();
  for (const cells of Object.values(viewer.index.counts[run] || {})) {
    for (const [n, passed] of cells) {
      if (seen.has(n) && seen.get(n) !== passed) found.add(n);
      seen.set(n, passed);
    }
  }
  return found;
}

const solved = cell => cell !== undefined && cell[0] > 0;
const TESTS = {
  "": () => true,
  all: mine => mine && mine[0] === mine[1] && mine[1] > 0,
  some: mine => mine && mine[0] > 0 && mine[0] < mine[1],
  none: mine => mine && mine[0] === 0,
  only: (mine, other, all) => solved(mine) && (other ? !solved(other) : [...all.values()].filter(solved).length === 1),
  lost: (mine, other) => !solved(mine) && solved(other),
  every: (mine, other, all) => [...all.values()].every(solved),
  nobody: (mine, other, all) => ![...all.values()].some(solved),
};

function list() {
  const {index} = viewer, run = Number(form.run.value), other = form.other.value === "" ? -1 : Number(form.other.value);
  const split = form.agreement.value === "split" ? divided(run) : null;
  const counts = tally(), words = form.text.value.toLowerCase();
  viewer.rows = index.problems.map((p, n) => [n, p]).filter(([n, [benchmark, id, entry]]) => {
    if (benchmark !== form.benchmark.value || !`${id} ${entry}`.toLowerCase().includes(words)) return false;
    if (split) return split.has(n);
    const all = counts.get(n) || new Map();
    return TESTS[form.agreement.value](all.get(run), all.get(other), all);
  });
  const boxes = viewer.rows.map(([n, [, id, entry, band]], place) => {
    const all = counts.get(n) || new Map(), cell = all.get(run), second = all.get(other);
    const score = [cell ? `${cell[0]}/${cell[1]}` : "–", ...(other >= 0 ? [second ? `${second[0]}/${second[1]}` : "–"] : [])];
    const bar = make("i", {className: "share", ariaHidden: "true"});
    bar.style.setProperty("--part", cell && cell[1] ? cell[0] / cell[1] : 0);
    return make("div", {role: "option", id: `option-${place}`, ariaSelected: String(n === viewer.open), dataPlace: place},
      make("span", {}, id), make("span", {className: "of"}, score.join("  ·  ")), make("small", {}, [entry, band].filter(Boolean).join(" · ")), bar);
  });
  $("problems").replaceChildren(...boxes);
  viewer.at = viewer.rows.findIndex(([n]) => n === viewer.open);
  const note = index.excerpt && index.beside !== "all" ? " This page holds an excerpt of the samples; the folder “candidates” beside it holds all." : "";
  $("viewer-note").textContent = `${viewer.rows.length} problems: passed of graded samples.${note}`;
}

function select(place, scroll = true) {
  if (place < 0 || place >= viewer.rows.length) return;
  const box = $("problems");
  box.children[viewer.at]?.setAttribute("aria-selected", "false");
  viewer.at = place;
  box.children[place].setAttribute("aria-selected", "true");
  box.setAttribute("aria-activedescendant", `option-${place}`);
  if (scroll) box.children[place].scrollIntoView({block: "nearest"});
  open(viewer.rows[place][0]);
}

async function open(number) {
  if (viewer.open !== number) viewer.chosen.clear();
  viewer.open = number;
  const sheet = $("sheet");
  let found;
  try { found = await chunk(number); } catch (error) {
    sheet.replaceChildren(make("p", {className: "warning"}, `These samples cannot be read: ${error.message}`));
    return;
  }
  if (viewer.open !== number) return;
  const [, id, entry] = viewer.index.problems[number];
  sheet.replaceChildren(make("h3", {}, entry ? `${id} · ${entry}` : id));
  if (!found) {
    sheet.append(make("p", {className: "note"}, "The samples of this problem are not in this page; they are in the folder “candidates” beside it, or in the run's folder."));
    return;
  }
  sheet.append(folded("Problem", /^(async )?def /m.test(found.statement) ? code(found.statement) : plain(found.statement), true));
  if (found.reference) sheet.append(folded("Reference solution", code(found.reference)));
  const run = form.run.value, other = form.other.value;
  const sides = make("div", {className: "sides"}), state = {};
  for (const i of new Set([run, other].filter(v => v !== ""))) sides.append(side(found, i, state));
  sheet.append(sides);
  state.difference = make("div");
  sheet.append(state.difference);
  state.update();
}

const folded = (title, content, isOpen = false) => make("details", {open: isOpen}, make("summary", {}, title), content);
const code = text => make("pre", {tabIndex: 0}, highlight(text));
const plain = text => make("pre", {tabIndex: 0}, shown(text));

function program(group) {
  if (group.program === null) return null;
  return typeof group.program === "string" ? group.program : group.text.substr(...group.program);
}

const outcome = group => (group.seen.find(([suite]) => suite === form.suite.value) || group.seen[0] || [, "not graded"])[1];

const tone = word => word === "passed" ? "outcome-passed" : word === "not graded" ? "dim" : "outcome-other";

// The outcome in the words of the page; the records' own words are the keys.
const spoken = word => viewer.index.outcomes[word] ?? word;

// A rule of extraction as a reader sees it: wording.py has the same.
const inWords = how => how.replace(/^(none|as given)(?=;|$)/, "as it stands").replace(/^none-found(?=;|$)/, "nothing found");

// Whether a group of samples is looked for: by outcome, what the tests said, how its program was found, and length.
function wanted(group) {
  const error = form.error.value.toLowerCase(), how = form.how.value.toLowerCase();
  if (form.outcome.value && outcome(group) !== form.outcome.value) return false;
  if (error && !group.seen.some(([, , detail]) => detail.toLowerCase().includes(error))) return false;
  return [group.how || "", inWords(group.how || "")].some(name => name.toLowerCase().includes(how)) && group.text.length >= Number(form.longer.value);
}

// One model's samples for the problem: a button per group of equal ones, then the chosen one.
function side(found, runIndex, state) {
  const info = viewer.index.runs[runIndex], mine = found.runs[runIndex], box = make("div");
  box.append(make("h4", {}, make("span", {className: `badge ${info.colour}`, ariaHidden: "true"}, info.letter), ` ${info.name}`));
  const groups = ((mine && mine.groups) || []).filter(wanted);
  const shownCount = ((mine && mine.groups) || []).reduce((sum, g) => sum + g.members.length, 0);
  if (mine && shownCount < mine.of) box.append(make("p", {className: "note"}, `${shownCount} of ${mine.of} samples are in this page.`));
  if (!groups.length) { box.append(make("p", {className: "note"}, mine && mine.of ? "No sample matches the filters." : "Not sampled yet.")); state.update ||= () => {}; return box; }
  const detail = make("div"), buttons = make("ul", {className: "groups"});
  const choose = place => {
    [...buttons.children].forEach((item, i) => item.firstChild.setAttribute("aria-pressed", String(i === place)));
    detail.replaceChildren(...describe(groups[place]), raw(groups[place], info));
    (state.chosen ||= new Map()).set(runIndex, groups[place]);
    viewer.chosen.set(runIndex, groups[place].members[0][0]);
    if (viewer.touched && runIndex === form.run.value) remember();
    if (state.update) state.update();
  };
  groups.forEach((group, place) => {
    const word = outcome(group), times = group.members.length > 1 ? ` ×${group.members.length}` : "";
    const button = make("button", {type: "button"}, make("span", {className: tone(word)}, spoken(word)), ` #${group.members[0][0]}${times}`);
    button.addEventListener("click", () => choose(place));
    buttons.append(make("li", {}, button));
  });
  state.update = () => {
    if (!state.difference || !state.chosen || state.chosen.size < 2) return;
    const [a, b] = [...state.chosen.values()].map(g => program(g) ?? g.text);
    state.difference.replaceChildren(make("h4", {}, "Difference of the two programs"), differenceBox(a, b));
  };
  // A sheet that is drawn again, because a filter or the study moved on, keeps its sample.
  choose(Math.max(0, groups.findIndex(g => g.members.some(m => m[0] === viewer.chosen.get(runIndex)))));
  box.append(buttons, detail);
  if (mine.prompt) box.append(folded("Prompt as sent", plain(mine.prompt)));
  return box;
}

// The address names what is open and how it was found, so that a link can be passed on: #at/problem/run/sample/filters.
const FILTERS = ["suite", "other", "agreement", "outcome", "text", "error", "how", "longer"];
function remember() {
  const {open: problem, index, chosen} = viewer, run = form.run.value;
  if (problem === null) return;
  const parts = [...index.problems[problem].slice(0, 2), index.runs[run].id, String(chosen.get(run) ?? "")];
  const said = FILTERS.filter(name => form[name].value !== "").map(name => [name, name === "other" ? index.runs[form.other.value].id : form[name].value]);
  parts.push(String(new URLSearchParams(said)));
  history.replaceState(null, "", `#at/${parts.map(encodeURIComponent).join("/")}`);
}

function recall() {
  if (!location.hash.startsWith("#at/")) return false;
  const [benchmark, id, runId, sample, filters] = location.hash.slice(4).split("/").map(decodeURIComponent);
  const {index} = viewer, run = index.runs.findIndex(r => r.id === runId);
  const problem = index.problems.findIndex(p => p[0] === benchmark && p[1] === id);
  if (run < 0 || problem < 0) return false;
  viewer.open = problem;
  if (sample) viewer.chosen.set(String(run), Number(sample));
  const said = new URLSearchParams(filters || "");
  const other = index.runs.findIndex(r => r.id === said.get("other"));
  show(run, problem, {...Object.fromEntries(said), other: other < 0 ? "" : String(other)});
  $("samples").scrollIntoView({behavior: "instant"});
  return true;
}

const copier = text => {
  const button = make("button", {type: "button", className: "copy"}, "Copy");
  button.addEventListener("click", () => copy(button, text));
  return button;
};

// A group of equal samples as one JSON object, to be copied or saved.
function raw(group, info) {
  const [benchmark, problem] = viewer.index.problems[viewer.open], [, tokens, finish] = group.members[0];
  const box = folded("Raw JSON", make("div"));
  // A text of many megabytes is written out only for who asks for it.
  box.addEventListener("toggle", () => {
    if (!box.open || box.lastChild.childNodes.length) return;
    const outcomes = group.seen.map(([suite, outcome, detail, milliseconds]) => ({suite, outcome, detail, run_seconds: milliseconds / 1000}));
    const text = JSON.stringify({benchmark, problem, run: info.id, model: info.name, samples: group.members.map(m => m[0]), completion_tokens: tokens,
      finish_reason: finish, extraction: group.how, outcomes, program: program(group), text: group.text}, null, 1);
    const name = `${problem}-${info.name}-${group.members[0][0]}.json`.replace(/[^\w.+-]+/g, "-");
    const link = make("a", {download: name, href: URL.createObjectURL(new Blob([text], {type: "application/json"}))}, "Download");
    box.lastChild.append(make("p", {className: "note"}, link), make("div", {className: "copied"}, plain(text), copier(text)));
  });
  return box;
}

function describe(group) {
  const out = [];
  for (const [suite, word, detail, milliseconds] of group.seen) {
    out.push(make("p", {className: "result"}, make("b", {}, `${suite}: `), make("span", {className: tone(word)}, spoken(word)),
      make("span", {className: "dim"}, ` · ${milliseconds < 1000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(1)} s`}`)));
    if (detail) out.push(plain(detail));
  }
  const text = program(group);
  out.push(text === null ? make("p", {className: "note"}, "No code was extracted from the text.") : make("div", {className: "copied"}, code(text), copier(text)));
  const [, tokens, finish] = group.members[0];
  const about = [group.how && `extraction: ${inWords(group.how)}`, tokens != null && `${tokens} tokens`, finish && `finish reason: ${finish}`].filter(Boolean).join(" · ");
  const numbers = group.members.map(m => `#${m[0]}`).join(" ");
  out.push(folded(`Raw text${about ? ` (${about})` : ""}`, plain(group.text)));
  if (group.members.length > 1) out.push(make("p", {className: "note"}, `${group.members.length} equal programs: ${numbers}`));
  return out;
}

function wire() {
  const redo = () => { bar(); list(); if (viewer.open !== null) open(viewer.open); if (viewer.touched) remember(); };
  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("input", event => { viewer.touched = true; if (event.target === form.benchmark) { refill(); viewer.open = null; $("sheet").replaceChildren(); } redo(); });
  const box = $("problems");
  for (const kind of ["click", "keydown"]) {
    for (const place of [box, $("sheet")]) place.addEventListener(kind, () => { viewer.touched = true; }, {capture: true});
  }
  box.addEventListener("click", event => { const row = event.target.closest("[role=option]"); if (row) select([...box.children].indexOf(row), false); });
  box.addEventListener("keydown", event => {
    const step = {ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -1e9, End: 1e9}[event.key];
    if (!step) return;
    event.preventDefault();
    select(Math.max(0, Math.min(viewer.rows.length - 1, viewer.at + step)));
  });
  document.addEventListener("click", event => {
    const link = event.target.closest("[data-run]");
    if (link) show(viewer.index.runs.findIndex(run => run.id === link.dataset.run));
    const heat = event.target.closest("svg.heat");
    if (heat) { const hit = under(heat, event); if (hit) { show(hit.run, hit.problem); $("samples").scrollIntoView(); } }
  });
  document.addEventListener("mousemove", event => {
    const heat = event.target.closest && event.target.closest("svg.heat");
    const hit = heat && under(heat, event);
    if (hit) {
      heat.setAttribute("aria-description", cellName(heat, hit));
      showTip({getBoundingClientRect: () => ({left: event.clientX, right: event.clientX, top: event.clientY - 8, bottom: event.clientY + 8})}, [cellName(heat, hit)]);
    } else if (heat === null && !event.target.closest("[data-tip], svg.heat:focus")) hideTip();
  });
  document.addEventListener("focusin", event => { if (event.target.matches("svg.heat:focus-visible")) walk(event.target, 0, 0); });
  document.addEventListener("focusout", event => { if (event.target.matches("svg.heat")) event.target.querySelector(".cursor")?.remove(); });
  document.addEventListener("keydown", event => {
    const heat = event.target.closest("svg.heat");
    if (!heat) return;
    const step = {ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1], Home: [-1e9, 0], End: [1e9, 0]}[event.key];
    if (step) { event.preventDefault(); walk(heat, ...step); }
    if (event.key === "Enter") { const hit = inCell(heat, ...cellAt(heat)); hideTip(); show(hit.run, hit.problem); $("sheet").focus(); $("samples").scrollIntoView(); }
  });
}

// A cell of the heat map: what it is called, where the keyboard stands, and one step from there.
function cellName(heat, {run, problem}) {
  const [, id] = viewer.index.problems[problem], cells = (viewer.index.counts[run] || {})[heat.dataset.suite] || [];
  const count = cells.find(([n]) => n === problem);
  return `${id} · ${viewer.index.runs[run].name}${count ? ` · ${count[1]} of ${count[2]} passed` : ""}`;
}
const cellAt = heat => (heat.dataset.at || "0 0").split(" ").map(Number);
const inCell = (heat, column, row) => ({problem: Number(heat.dataset.order.split(" ")[column]), run: Number(heat.dataset.runs.split(" ")[row])});

function walk(heat, right, down) {
  const within = (value, text) => Math.max(0, Math.min(text.split(" ").length - 1, value)), [x, y] = cellAt(heat);
  const column = within(x + right, heat.dataset.order), row = within(y + down, heat.dataset.runs), {left, cell, row: height} = heat.dataset;
  heat.dataset.at = `${column} ${row}`;
  let cursor = heat.querySelector(".cursor");
  if (!cursor) { cursor = document.createElementNS("http://www.w3.org/2000/svg", "rect"); cursor.classList.add("cursor"); heat.append(cursor); }
  for (const [name, value] of Object.entries({x: Number(left) + column * cell, y: row * height + 1, width: cell, height: height - 3})) cursor.setAttribute(name, value);
  heat.setAttribute("aria-description", cellName(heat, inCell(heat, column, row)));
  showTip(cursor, [cellName(heat, inCell(heat, column, row))]);
}

// The run and problem under the pointer; the attributes say how the map was drawn.
function under(heat, event) {
  const box = heat.getBoundingClientRect(), scale = heat.viewBox.baseVal.width / box.width;
  const order = heat.dataset.order.split(" "), runs = heat.dataset.runs.split(" ");
  const column = Math.floor(((event.clientX - box.left) * scale - heat.dataset.left) / heat.dataset.cell);
  const row = Math.floor((event.clientY - box.top) * scale / heat.dataset.row);
  return column >= 0 && column < order.length && row >= 0 && row < runs.length ? {problem: Number(order[column]), run: Number(runs[row])} : null;
}

function show(run, problem = null, filters = {}) {
  if (run < 0) return;
  form.benchmark.value = viewer.index.runs[run].benchmark;
  refill();
  form.run.value = String(run);
  for (const name of ["agreement", "outcome", "text", "error", "how", "longer"]) form[name].value = "";
  for (const name of FILTERS) if (filters[name]) form[name].value = filters[name];
  bar();
  list();
  const place = problem === null ? 0 : viewer.rows.findIndex(([n]) => n === problem);
  select(place);
}

async function begin() {
  if (!form) return;
  viewer.index = await unpack($("index").textContent);
  options(form.benchmark, [...new Set(viewer.index.runs.map(run => run.benchmark))].map(b => [b, b]));
  options(form.outcome, [["", "any"], ...Object.entries(viewer.index.outcomes)]);
  refill();
  wire();
  list();
  if (!recall() && viewer.rows.length) select(0, false);
  document.documentElement.dataset.ready = "yes";
}
begin();
