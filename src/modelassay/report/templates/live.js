// A served page asks its own server whether there is something new, and takes in what changed.
const PAUSE = 2000;
let stamp = null;

async function news() {
  try {
    const now = await (await fetch("stamp")).json();
    const running = document.querySelector(".stage") !== null;
    if (stamp !== null && (now !== stamp || running)) await takeIn();
    stamp = now;
    document.documentElement.dataset.live = "yes";
  } catch {
    document.documentElement.dataset.live = "lost";
  }
  setTimeout(news, PAUSE);
}

async function takeIn() {
  const answer = await fetch(location.pathname + location.search);
  if (!answer.ok) throw new Error(answer.statusText);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!!$("samples") !== !!fresh.getElementById("samples")) return location.reload();
  const opened = new Set([...document.querySelectorAll("details[open]:not(#sheet *) > summary")].map(s => s.textContent));
  const old = $("main"), kept = $("samples"), left = leftBehind();
  for (const section of [...old.children]) if (section !== kept) section.remove();
  let after = false;
  for (const section of [...fresh.getElementById("main").children]) {
    if (section.id === "samples") { after = true; continue; }
    for (const box of section.querySelectorAll("details")) if (opened.has(box.querySelector("summary").textContent)) box.open = true;
    if (after || !kept) old.append(section); else old.insertBefore(section, kept);
    takeAlong(section);
  }
  left();
  document.title = fresh.title;
  for (const part of [".top .study", ".top nav"]) document.querySelector(part).replaceWith(fresh.querySelector(part));
  if (kept) {
    viewer.index = await unpack(fresh.getElementById("index").textContent);
    refill();
    list();
    if (viewer.open !== null) open(viewer.open);
  }
}

// What a reader had done to what is replaced: order of tables, choices, place of the keyboard. Called after, it is done again.
function leftBehind() {
  const sorted = [...document.querySelectorAll("main table[id] th[aria-sort]")].map(th => [th.closest("table").id, th.cellIndex, th.ariaSort]);
  const chosen = [...document.querySelectorAll("form.choice select")].map(s => [s.name, s.value]);
  const inside = 'a[href], button, summary, select, [tabindex="0"]', at = document.activeElement, section = at.closest("main > section:not(#samples)");
  const place = section && [...section.querySelectorAll(inside)].indexOf(at);
  return () => {
    for (const [id, column, order] of sorted) {
      const table = $(id);
      for (let turns = 0; table && table.rows.length > 2 && turns < 2 && table.tHead.rows[0].cells[column].ariaSort !== order; turns++) sortBy(table, column);
    }
    for (const [name, value] of chosen) {
      const select = document.querySelector(`form.choice select[name="${name}"]`);
      if (select && [...select.options].some(o => o.value === value)) select.value = value;
    }
    if (section && section.id && $(section.id)) $(section.id).querySelectorAll(inside)[place]?.focus({preventScroll: true});
  };
}
setTimeout(news, PAUSE);
