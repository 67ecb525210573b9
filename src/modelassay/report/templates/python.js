// Python in colours: a small lexer whose pieces become spans with text, never markup.
const PYTHON = /(#[^\n]*)|([rbfuRBFU]{0,2}(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))|\b(def|class)(\s+)(\w+)|\b(and|as|assert|async|await|break|class|continue|def|del|elif|else|except|False|finally|for|from|global|if|import|in|is|lambda|None|nonlocal|not|or|pass|raise|return|True|try|while|with|yield)\b|\b(\d[\w.]*)/g;

function highlight(code) {
  const out = document.createDocumentFragment();
  let last = 0;
  for (const match of code.matchAll(PYTHON)) {
    out.append(shown(code.slice(last, match.index)));
    const [whole, comment, string, define, space, name, keyword] = match;
    if (define) {
      out.append(make("span", {className: "kw"}, define), space, make("span", {className: "def"}, name));
    } else {
      const kind = comment ? "com" : string ? "str" : keyword ? "kw" : "num";
      out.append(make("span", {className: kind}, shown(whole)));
    }
    last = match.index + whole.length;
  }
  out.append(shown(code.slice(last)));
  return out;
}

// Controls as their pictures and marks that turn the writing direction as their names.
function shown(text) {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, c => c === "\u007f" ? "\u2421" : String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(/[\u202a-\u202e\u2066-\u2069\u200e\u200f\u0080-\u009f]/g, c => `⟨U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
}
