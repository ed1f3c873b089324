// Runs the script of the log-in page as a browser would, on as much of a document as it touches.
// Arguments: the page's address, and the key that somebody types. Prints what happened, as one line of JSON.

const [address, key] = process.argv.slice(2);
const page = await (await fetch(address)).text();
const script = page.match(/<script>([^]*?)<\/script>/)[1];

const elements = new Map();
const listeners = new Map();

function made(name) {
  return {
    value: "",
    textContent: "",
    append(option) { this.value ||= option.value; },
    addEventListener(kind, listener) { listeners.set(`${name} ${kind}`, listener); },
  };
}

globalThis.document = {
  getElementById(name) {
    if (!elements.has(name)) elements.set(name, made(name));
    return elements.get(name);
  },
  createElement: () => made(""),
};
const went = [];
globalThis.location = { search: new URL(address).search, replace: to => went.push(to) };
const asked = globalThis.fetch;
globalThis.fetch = (path, options) => asked(new URL(path, address), options);

new Function(script)();
document.getElementById("key").value = key;
const event = { preventDefault() {} };
await listeners.get("form submit")(event);
await listeners.get("form submit")(event);
const status = document.getElementById("status").textContent;
listeners.get("deny click")(event);
console.log(JSON.stringify({ went, status, hidden: document.getElementById("form").hidden, label: document.getElementById("label").textContent }));
