const SHOWN = 2500;

export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".copy");
  const button = host.querySelector("button");
  const note = host.querySelector(".note");
  button.setAttribute("aria-label", `Copy ${data.name}`);
  button.disabled = data.disabled;
  button.onclick = async () => {
    const done = await copied(data, host).catch(() => false);
    host.classList.toggle("done", done);
    host.classList.toggle("refused", !done);
    note.textContent = done ? "Copied" : data.refused;
    clearTimeout(host.timer);
    if (!done) setTriggerValue("refused", true);
    if (done) host.timer = setTimeout(() => clear(host, note), SHOWN);
  };
  const content = data.name + data.pixels + data.text;
  if (host.content !== content) clear(host, note);
  host.content = content;
}

function clear(host, note) {
  host.classList.remove("done", "refused");
  note.textContent = "";
}

async function copied({ text, pixels }, host) {
  return pixels ? copyPng(text, pixels) : copyText(text, host);
}

// Puts an SVG on the clipboard as a PNG of that many pixels across; whether that was done.
async function copyPng(svg, pixels) {
  if (!navigator.clipboard?.write || !window.ClipboardItem) return false;
  await navigator.clipboard.write([new ClipboardItem({ "image/png": png(svg, pixels) })]);
  return true;
}
