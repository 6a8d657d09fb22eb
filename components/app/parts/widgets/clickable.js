export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".clickable");
  const board = host.clickable ?? (host.clickable = start(host));
  board.data = data;
  board.pick = (value) => setTriggerValue("pick", value);
  board.show(data.html);
}

function start(host) {
  const board = { shown: null };
  const chosen = (event) => event.target.closest("[data-pick]");

  board.show = (html) => {
    if (html === board.shown) return;
    const focused = host.querySelector(":focus")?.closest("[data-pick]")?.dataset.pick;
    const before = host.querySelector(".scroll");
    const [left, top] = [before?.scrollLeft ?? 0, before?.scrollTop ?? 0];
    board.shown = html;
    host.innerHTML = html;
    const go = host.querySelector("[data-go]");
    if (go) board.pick(go.dataset.go);
    const scroller = host.querySelector(".scroll");
    scroller?.scrollTo(left, top);
    if (focused) {
      const again = [...host.querySelectorAll("[data-pick]")].find((e) => e.dataset.pick === focused);
      (again?.querySelector("button") ?? again)?.focus({ preventScroll: true });
    }
  };

  host.addEventListener("click", (event) => {
    const saved = event.target.closest("[data-save]");
    if (saved) save(board.data.svg, board.data.name, saved.dataset.save);
    else if (chosen(event)) board.pick(chosen(event).dataset.pick);
  });
  return board;
}

async function save(svg, name, form) {
  const blob = form === "svg" ? new Blob([svg], { type: "image/svg+xml" }) : await png(svg);
  download(URL.createObjectURL(blob), `${name}.${form}`);
}

function download(address, name) {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
