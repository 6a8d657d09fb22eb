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

async function png(svg, pixels) {
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = pixels;
    canvas.height = Math.round((pixels * image.naturalHeight) / image.naturalWidth);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done, failed) =>
      canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("too large"))), "image/png"),
    );
  } finally {
    URL.revokeObjectURL(url);
  }
}
