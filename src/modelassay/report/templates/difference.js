// What two programs have in common, line by line: the longest common subsequence.
const MOST_LINES = 1500;

function difference(before, after) {
  const a = before.split("\n"), b = after.split("\n");
  if (a.length > MOST_LINES || b.length > MOST_LINES) return [["same", "(too long to compare line by line)"]];
  const width = b.length + 1, table = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      table[i * width + j] = a[i] === b[j] ? table[(i + 1) * width + j + 1] + 1
        : Math.max(table[(i + 1) * width + j], table[i * width + j + 1]);
    }
  }
  const out = [];
  let i = 0, j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) { out.push(["same", a[i++]]); j++; }
    else if (i < a.length && (j === b.length || table[(i + 1) * width + j] >= table[i * width + j + 1])) out.push(["minus", a[i++]]);
    else out.push(["plus", b[j++]]);
  }
  return out;
}

const SIGNS = {same: "  ", minus: "− ", plus: "+ "};
function differenceBox(before, after) {
  const box = make("pre", {tabIndex: 0});
  for (const [kind, text] of difference(before, after)) box.append(make("span", {className: kind}, SIGNS[kind] + shown(text)));
  return box;
}
