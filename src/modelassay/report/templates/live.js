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
  const fresh = new DOMParser().parseFromString(await (await fetch("./")).text(), "text/html");
  if (!!$("samples") !== !!fresh.getElementById("samples")) return location.reload();
  const opened = new Set([...document.querySelectorAll("details[open]:not(#sheet *) > summary")].map(s => s.textContent));
  const old = $("main"), kept = $("samples");
  for (const section of [...old.children]) if (section !== kept) section.remove();
  let after = false;
  for (const section of [...fresh.getElementById("main").children]) {
    if (section.id === "samples") { after = true; continue; }
    for (const box of section.querySelectorAll("details")) if (opened.has(box.querySelector("summary").textContent)) box.open = true;
    if (after || !kept) old.append(section); else old.insertBefore(section, kept);
  }
  document.querySelector(".top nav").replaceWith(fresh.querySelector(".top nav"));
  if (kept) {
    viewer.index = await unpack(fresh.getElementById("index").textContent);
    refill();
    list();
    if (viewer.open !== null) open(viewer.open);
  }
}
setTimeout(news, PAUSE);
