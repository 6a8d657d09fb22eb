const LARGEST = 1.5;
const TOOLS = 52;

export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".viewer");
  const view = host.viewer ?? (host.viewer = start(host));
  host.style.height = `${data.height}px`;
  host.classList.toggle("plain", data.plain);
  view.choose = (id) => setTriggerValue("select", id);
  view.show(data.svg, data.caption);
  view.mark(data.selected);
}

function start(host) {
  const stage = host.querySelector(".stage");
  const view = { source: null, box: null, size: [1, 1], touched: false };

  view.show = (source, caption) => {
    stage.setAttribute("aria-label", caption);
    if (source === view.source) return;
    const parsed = new DOMParser().parseFromString(source, "image/svg+xml").documentElement;
    const svg = document.importNode(parsed, true);
    view.source = source;
    view.size = svg.getAttribute("viewBox").split(" ").slice(2).map(Number);
    svg.setAttribute("width", "100%");
    svg.setAttribute("height", "100%");
    svg.setAttribute("preserveAspectRatio", "xMidYMin meet");
    for (const title of svg.querySelectorAll("title")) title.remove();
    for (const node of svg.querySelectorAll("g.node")) {
      node.setAttribute("tabindex", "0");
      node.setAttribute("role", "button");
      node.setAttribute("aria-label", node.textContent.replace(/\s+/g, " ").trim());
    }
    const focused = stage.querySelector(":focus")?.id;
    stage.replaceChildren(svg);
    view.svg = svg;
    if (view.touched) draw();
    else fit();
    if (focused) find(focused)?.focus();
    host.dataset.drawn = String(Number(host.dataset.drawn ?? 0) + 1);
  };

  view.mark = (id) => {
    for (const node of view.svg.querySelectorAll("g.node.selected")) node.classList.remove("selected");
    if (id) find(id)?.classList.add("selected");
  };

  const find = (id) => [...view.svg.querySelectorAll("g.node")].find((node) => node.id === id);

  const draw = () => view.svg.setAttribute("viewBox", view.box.join(" "));

  const fit = () => {
    const { width, height } = stage.getBoundingClientRect();
    if (!width || !height) return;
    view.touched = false;
    place(width, height, 0);
    if (covered()) place(width, height, TOOLS);
  };

  // `below` pixels at the foot are left free.
  const place = (width, height, below) => {
    const [w, h] = view.size;
    const scale = Math.min(width / w, (height - below) / h, LARGEST);
    const top = Math.min(0, (h - (height - below) / scale) / 2);
    view.box = [(w - width / scale) / 2, top, width / scale, height / scale];
    draw();
  };

  // Whether a layer lies under the buttons.
  const covered = () => {
    const tools = host.querySelector(".tools").getBoundingClientRect();
    return [...view.svg.querySelectorAll("g.node")].some((node) => {
      const box = node.getBoundingClientRect();
      return box.right > tools.left && box.bottom > tools.top;
    });
  };

  const zoom = (factor, x = 0.5, y = 0.5) => {
    const [left, top, w, h] = view.box;
    const wide = Math.min(Math.max(w * factor, 60), 40 * view.size[0]);
    const high = (h * wide) / w;
    view.box = [left + (w - wide) * x, top + (h - high) * y, wide, high];
    view.touched = true;
    draw();
  };

  const shift = (dx, dy) => {
    const { width } = stage.getBoundingClientRect();
    const unit = view.box[2] / width;
    view.box = [view.box[0] - dx * unit, view.box[1] - dy * unit, view.box[2], view.box[3]];
    view.touched = true;
    draw();
  };

  stage.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const box = stage.getBoundingClientRect();
      const factor = Math.exp(Math.max(-0.4, Math.min(0.4, event.deltaY * 0.0015)));
      zoom(factor, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    },
    { passive: false },
  );

  let drag = null;
  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    drag = { x: event.clientX, y: event.clientY, far: 0, on: event.target.closest("g.node") };
  });
  stage.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const dx = event.clientX - drag.x;
    const dy = event.clientY - drag.y;
    drag.far += Math.abs(dx) + Math.abs(dy);
    drag.x = event.clientX;
    drag.y = event.clientY;
    if (drag.far > 4) {
      stage.setPointerCapture(event.pointerId);
      shift(dx, dy);
    }
  });
  const release = (event) => {
    if (drag && event.type === "pointerup" && drag.far <= 4) pick(drag.on?.id ?? "");
    drag = null;
  };
  stage.addEventListener("pointerup", release);
  stage.addEventListener("pointercancel", release);
  stage.addEventListener("dblclick", fit);

  const pick = (id) => {
    view.mark(id);
    view.choose(id);
  };

  stage.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
    const node = event.target.closest("g.node");
    if (node && (event.key === "Enter" || event.key === " ")) pick(node.id);
    else if (event.key === "Escape") pick("");
    else if (event.key === "+" || event.key === "=") zoom(0.8);
    else if (event.key === "-") zoom(1.25);
    else if (event.key === "0") fit();
    else if (steps[event.key]) shift(...steps[event.key]);
    else return;
    event.preventDefault();
  });

  host.querySelector(".in").addEventListener("click", () => zoom(0.8));
  host.querySelector(".out").addEventListener("click", () => zoom(1.25));
  host.querySelector(".fit").addEventListener("click", fit);
  new ResizeObserver(() => view.svg && !view.touched && fit()).observe(stage);
  return view;
}
