const TOOLS = 52;
const MARGIN = 24;
const EDGE = 8;
const MAP = [150, 120];
const MAP_SHARE = 0.22;
const NEARLY = 0.85;
const DRAWING = "http://www.w3.org/2000/svg";

export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".viewer");
  const view = host.viewer ?? (host.viewer = start(host));
  host.style.height = `${data.height}px`;
  host.classList.toggle("plain", data.plain);
  view.readable = data.readable;
  view.largest = data.largest;
  view.choose = (id) => setTriggerValue("select", id);
  view.show(data.svg, data.caption);
  view.mark(data.selected);
}

// The whole picture, or nearly, if its letters are then large enough; else as large as its shorter side allows.
function firstScale(across, down, smallest, largest) {
  const whole = Math.min(across, down, largest);
  if (whole > NEARLY * smallest) return Math.max(whole, smallest);
  return Math.max(Math.min(Math.max(across, down), 1), smallest);
}

function start(host) {
  const stage = host.querySelector(".stage");
  const map = host.querySelector(".map");
  // `mode` is "home", "all", or "free" once a person has moved the picture.
  const view = { source: null, box: null, size: [1, 1], mode: "home", readable: 0, largest: 1 };

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
    svg.querySelector(":scope > title")?.remove();
    for (const node of svg.querySelectorAll("g.node")) {
      node.setAttribute("tabindex", "0");
      node.setAttribute("role", "button");
      node.setAttribute("aria-label", node.textContent.replace(/\s+/g, " ").trim());
    }
    const focused = stage.querySelector(":focus")?.id;
    stage.replaceChildren(svg);
    view.svg = svg;
    view.boxes = [...svg.querySelectorAll("g.node > rect")].map((rect) =>
      ["x", "y", "width", "height"].map((name) => Number(rect.getAttribute(name))),
    );
    drawMap();
    fit();
    if (focused) find(focused)?.focus();
    host.dataset.drawn = String(Number(host.dataset.drawn ?? 0) + 1);
  };

  view.mark = (id) => {
    for (const node of view.svg.querySelectorAll("g.node.selected")) node.classList.remove("selected");
    const node = id && find(id);
    node?.classList.add("selected");
    if (node && id !== view.marked) reveal(node);
    view.marked = id;
  };

  const find = (id) => [...view.svg.querySelectorAll("g.node")].find((node) => node.id === id);

  const draw = () => {
    view.svg.setAttribute("viewBox", view.box.join(" "));
    const [left, top, width, height] = view.box;
    const [w, h] = view.size;
    const whole = left < 1 && top < 1 && left + width > w - 1 && top + height > h - 1;
    // What is seen whole leaves the wheel and the finger to the page.
    stage.style.touchAction = whole ? "pan-x pan-y" : "none";
    map.hidden = whole;
    const frame = map.querySelector(".frame");
    for (const [name, value] of Object.entries({ x: left, y: top, width, height })) frame?.setAttribute(name, value);
    if (!whole) placeMap();
  };

  // The map is in the corner where it covers the fewest layers: below at the left, if that is one of them.
  const placeMap = () => {
    const [wide, high] = room();
    const [width, height] = [map.offsetWidth, map.offsetHeight];
    const unit = view.box[2] / wide;
    const covers = (x, y) =>
      view.boxes.filter(([left, top, w, h]) => {
        const [begin, above] = [(left - view.box[0]) / unit, (top - view.box[1]) / unit];
        return begin < x + width && begin + w / unit > x && above < y + height && above + h / unit > y;
      }).length;
    const right = wide - width - EDGE;
    const counts = [covers(EDGE, high - height - EDGE), covers(EDGE, EDGE), covers(right, EDGE)];
    const least = Math.min(...counts);
    if (counts[map.dataset.corner ?? 0] > least) map.dataset.corner = counts.indexOf(least);
    map.classList.toggle("over", least > 0);
  };

  const room = () => {
    const { width, height } = stage.getBoundingClientRect();
    return [width, height];
  };

  // Shows the picture as `mode` says; one that was moved stays where it is.
  const fit = (mode = view.mode) => {
    const [width, height] = room();
    if (!width || !height) return;
    view.mode = mode;
    if (mode === "free") return keep();
    const smallest = mode === "home" ? view.readable : 0;
    place(width, height, 0, smallest);
    if (map.hidden && covered()) place(width, height, TOOLS, smallest);
    host.dataset.scale = String(width / view.box[2]);
  };

  // `below` pixels at the foot are left free. The inputs are at the top, or at the left.
  const place = (width, height, below, smallest) => {
    const [w, h] = view.size;
    const scale = firstScale(width / w, (height - below) / h, smallest, view.largest);
    const [wide, high] = [width / scale, height / scale];
    const top = h > high ? 0 : Math.min(0, (h - (height - below) / scale) / 2);
    view.box = [w > wide ? 0 : (w - wide) / 2, top, wide, high];
    draw();
  };

  // Keeps the scale after the size of the view has changed.
  const keep = () => {
    const [width, height] = room();
    const [left, top, wide, high] = view.box;
    const [across, down] = [width / view.room[0], height / view.room[1]];
    move([left, top, wide * across, high * down]);
  };

  // Whether a layer lies under the buttons.
  const covered = () => {
    const tools = host.querySelector(".tools").getBoundingClientRect();
    return [...view.svg.querySelectorAll("g.node")].some((node) => {
      const box = node.getBoundingClientRect();
      return box.right > tools.left && box.bottom > tools.top;
    });
  };

  // Shows a box, moved as far as needed for the picture to stay in sight. Whether that changed it.
  const move = ([left, top, wide, high]) => {
    const unit = wide / room()[0];
    const within = (at, seen, size) => {
      const ends = [-MARGIN * unit, size - seen + MARGIN * unit].sort((a, b) => a - b);
      return Math.min(Math.max(at, ends[0]), ends[1]);
    };
    const before = view.box.join();
    view.box = [within(left, wide, view.size[0]), within(top, high, view.size[1]), wide, high];
    view.room = room();
    view.mode = "free";
    draw();
    return view.box.join() !== before;
  };

  const zoom = (factor, x = 0.5, y = 0.5) => {
    const [left, top, w, h] = view.box;
    const wide = Math.min(Math.max(w * factor, 60), 4 * Math.max(...view.size));
    const high = (h * wide) / w;
    move([left + (w - wide) * x, top + (h - high) * y, wide, high]);
  };

  const shift = (dx, dy) => {
    const unit = view.box[2] / room()[0];
    return move([view.box[0] - dx * unit, view.box[1] - dy * unit, view.box[2], view.box[3]]);
  };

  // Brings a layer into sight, if it is not.
  const reveal = (node) => {
    const outer = stage.getBoundingClientRect();
    const box = node.getBoundingClientRect();
    const away = (low, high, from, to) =>
      low < from ? from - low + MARGIN : high > to ? to - high - MARGIN : 0;
    const dx = away(box.left, box.right, outer.left, outer.right);
    const dy = away(box.top, box.bottom, outer.top, outer.bottom);
    if (outer.width && (dx || dy)) shift(dx, dy);
  };

  const drawMap = () => {
    const [w, h] = view.size;
    const most = (side) => Math.min(MAP[side], Math.max(60, MAP_SHARE * room()[side]));
    const scale = Math.min(most(0) / w, most(1) / h);
    const small = document.createElementNS(DRAWING, "svg");
    small.setAttribute("viewBox", `0 0 ${w} ${h}`);
    small.setAttribute("width", Math.max(w * scale, 14));
    small.setAttribute("height", Math.max(h * scale, 14));
    const drawing = view.svg.querySelector("g").cloneNode(false);
    drawing.removeAttribute("id");
    drawing.removeAttribute("class");
    for (const box of view.svg.querySelectorAll("g.cluster rect, g.node > rect")) {
      drawing.append(box.cloneNode(false));
    }
    const frame = document.createElementNS(DRAWING, "rect");
    frame.setAttribute("class", "frame");
    small.append(drawing, frame);
    map.replaceChildren(small);
  };

  const goTo = (event) => {
    const box = map.firstChild.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * view.size[0];
    const y = ((event.clientY - box.top) / box.height) * view.size[1];
    move([x - view.box[2] / 2, y - view.box[3] / 2, view.box[2], view.box[3]]);
  };
  map.addEventListener("pointerdown", (event) => {
    map.setPointerCapture(event.pointerId);
    goTo(event);
  });
  map.addEventListener("pointermove", (event) => event.buttons && goTo(event));

  stage.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) {
        const line = event.deltaMode === 1 ? 20 : 1;
        const [dx, dy] = event.shiftKey ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
        if (map.hidden || !shift(-dx * line, -dy * line)) return;
        event.preventDefault();
        return;
      }
      event.preventDefault();
      const box = stage.getBoundingClientRect();
      const factor = Math.exp(Math.max(-0.4, Math.min(0.4, event.deltaY * 0.005)));
      zoom(factor, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    },
    { passive: false },
  );

  // One pointer drags; two zoom about the point between them.
  const pointers = new Map();
  let drag = null;
  const spread = () => {
    const [one, two] = [...pointers.values()];
    const box = stage.getBoundingClientRect();
    return {
      far: Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY),
      x: ((one.clientX + two.clientX) / 2 - box.left) / box.width,
      y: ((one.clientY + two.clientY) / 2 - box.top) / box.height,
    };
  };
  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    pointers.set(event.pointerId, event);
    const on = event.target.closest("g.node");
    drag = pointers.size === 1 ? { x: event.clientX, y: event.clientY, far: 0, on } : null;
  });
  stage.addEventListener("pointermove", (event) => {
    if (!pointers.has(event.pointerId)) return;
    if (pointers.size === 2) {
      const before = spread();
      pointers.set(event.pointerId, event);
      const after = spread();
      if (after.far) zoom(before.far / after.far, after.x, after.y);
    }
    pointers.set(event.pointerId, event);
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
    pointers.delete(event.pointerId);
    drag = null;
  };
  stage.addEventListener("pointerup", release);
  stage.addEventListener("pointercancel", release);
  stage.addEventListener("dblclick", () => fit("all"));

  const pick = (id) => {
    view.marked = id;
    view.mark(id);
    view.choose(id);
  };

  stage.addEventListener("focusin", (event) => {
    const node = event.target.closest("g.node");
    if (node?.matches(":focus-visible")) reveal(node);
  });
  stage.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
    const node = event.target.closest("g.node");
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (node && (event.key === "Enter" || event.key === " ")) pick(node.id);
    else if (event.key === "Escape") pick("");
    else if (event.key === "+" || event.key === "=") zoom(0.8);
    else if (event.key === "-") zoom(1.25);
    else if (event.key === "0") fit("all");
    else if (event.key === "Home") fit("home");
    else if (steps[event.key]) shift(...steps[event.key]);
    else return;
    event.preventDefault();
  });

  host.querySelector(".in").addEventListener("click", () => zoom(0.8));
  host.querySelector(".out").addEventListener("click", () => zoom(1.25));
  host.querySelector(".fit").addEventListener("click", () => fit("all"));
  new ResizeObserver(() => view.svg && fit()).observe(stage);
  return view;
}
