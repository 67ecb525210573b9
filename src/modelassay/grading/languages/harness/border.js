// Values that a function of a sample returned, as lines of JSON: [kind, content]. Written beside the sample, read beside the tests.
const assayBorder = (() => {
  const deepest = 200;
  const write = (value, depth) => {
    if (depth > deepest) return ["x", "nested too deeply"];
    if (value === null) return ["0"];
    switch (typeof value) {
      case "undefined": return ["u"];
      case "boolean": return ["b", value];
      case "number": return ["n", Object.is(value, -0) ? "-0" : String(value)];
      case "bigint": return ["i", String(value)];
      case "string": return ["s", value];
      case "object": break;
      default: return ["x", typeof value];
    }
    const all = (items) => items.map((item) => write(item, depth + 1));
    if (Array.isArray(value)) return ["a", all(Array.from(value))];
    if (value instanceof Map) return ["m", all([...value.keys()]), all([...value.values()])];
    if (value instanceof Set) return ["t", all([...value])];
    if (value instanceof Date) return ["d", String(value.getTime())];
    if (value instanceof Promise) return ["x", "promise"];
    return ["o", Object.keys(value), all(Object.values(value))];
  };
  const read = (line) => {
    const [kind, first, second] = line;
    switch (kind) {
      case "0": return null;
      case "u": return undefined;
      case "b": return first === true;
      case "n": return Number(first);
      case "i": return BigInt(first);
      case "s": return String(first);
      case "a": return first.map(read);
      case "m": return new Map(first.map((key, at) => [read(key), read(second[at])]));
      case "t": return new Set(first.map(read));
      case "d": return new Date(Number(first));
      case "o": {
        const made = {};
        first.forEach((key, at) => Object.defineProperty(
          made, key, { value: read(second[at]), enumerable: true, writable: true, configurable: true }));
        return made;
      }
      default: return Symbol(String(first)); // equal to nothing
    }
  };
  return { write, read };
})();
