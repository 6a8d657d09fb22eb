// Hints of the first visit, one at a time beside its control, until this browser has closed them.
window.fusionHints ??= (() => {
  const CLOSED = "fusion-hints-closed";
  const GAP = 12;
  const SIDEBAR = '[data-testid="stSidebar"]';
  const CONTENT = '[data-testid="stSidebarUserContent"]';
  const HINTS = [
    ["Add an input: it becomes a branch of the model.", ".st-key-add-input button"],
    ["Choose the merge: how the branches become one.", '[class*="_box_merge"] .stSelectbox'],
    ["Train it: see how close it gets to the best possible.", '.st-key-navigation a[href$="Train"]'],
  ];
  let step = 0;
  let frame = 0;

  function closed() {
    try {
      return localStorage.getItem(CLOSED) !== null;
    } catch {
      return true;
    }
  }

  function inSight(part) {
    const box = part?.getBoundingClientRect();
    return box && box.width > 0 && box.right > 0 ? part : null;
  }

  // The control, or the button that opens the sidebar where the control is in a closed one.
  const opener = () => inSight(document.querySelector('[data-testid="stExpandSidebarButton"]'));
  const anchor = (selector) => inSight(document.querySelector(selector)) ?? opener();

  // Where the page links have a line of their own in the bar, the hint of a button above them stands
  // below them, and the button has a ring.
  function barBelow(target, box) {
    const bar = document.querySelector(".st-key-top_bar").getBoundingClientRect();
    const under = target === opener() && box.bottom + GAP < bar.bottom;
    opener()?.toggleAttribute("data-hinted", under);
    return under ? bar.bottom : 0;
  }

  // What opens or closes above a control moves it.
  const sizes = new ResizeObserver(() => soon());
  let watched = null;

  function watch(content = null) {
    if (content === watched) return;
    sizes.disconnect();
    if (content) sizes.observe(content);
    watched = content;
  }

  // The same text again would be a change of the page, after which the hint is placed.
  function write(selector, text) {
    const element = card.querySelector(selector);
    if (element.textContent !== text) element.textContent = text;
  }

  function place() {
    const building = document.querySelector(".st-key-preset");
    const target = building && !closed() ? anchor(HINTS[step][1]) : null;
    card.hidden = target === null;
    if (!target) opener()?.removeAttribute("data-hinted");
    watch(target?.closest(CONTENT));
    if (!target) return;
    write("p", HINTS[step][0]);
    write(".count", `${step + 1} of ${HINTS.length}`);
    write(".next", step === HINTS.length - 1 ? "Done" : "Next");
    const box = target.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = card;
    const beside = box.right + GAP + width < innerWidth && target.closest(SIDEBAR);
    const clamp = (at, size, most) => Math.max(8, Math.min(at, most - size - 8));
    const under = barBelow(target, box);
    card.dataset.side = beside ? "right" : under ? "under" : "below";
    const left = beside ? box.right + GAP : clamp(box.left + box.width / 2 - width / 2, width, innerWidth);
    const top = beside ? clamp(box.top + box.height / 2 - height / 2, height, innerHeight) : (under || box.bottom) + GAP;
    card.style.left = `${left}px`;
    card.style.top = `${top}px`;
    card.style.setProperty("--arrow", beside
      ? `${box.top + box.height / 2 - top}px` : `${box.left + box.width / 2 - left}px`);
  }

  function soon() {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(place);
  }

  function close() {
    localStorage.setItem(CLOSED, "1");
    place();
  }

  function next() {
    if (step === HINTS.length - 1) return close();
    step += 1;
    document.querySelector(HINTS[step][1])?.scrollIntoView({ block: "nearest" });
    soon();
  }

  if (closed()) return true;
  // Without tags in its text: Streamlit drops a script that has one.
  function part(name, attributes, ...content) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...content);
    return element;
  }

  const card = part(
    "aside",
    { class: "hints", "aria-label": "First steps", hidden: "" },
    part("p", { role: "status" }),
    part(
      "div",
      {},
      part("span", { class: "count" }),
      part("button", { type: "button", class: "next" }),
      part("button", { type: "button", class: "close", "aria-label": "Close the hints" }, "✕"),
    ),
  );
  document.body.append(card);
  window.fusionFrame.afterChanges(soon);
  document.addEventListener("click", ({ target }) => {
    if (closed() || !target.closest) return;
    if (target.closest(".hints .close")) close();
    else if (target.closest(`.hints .next, ${HINTS[step][1]}`)) next();
    else soon();
  });
  for (const moved of ["resize", "transitionend"]) addEventListener(moved, soon);
  document.fonts.addEventListener("loadingdone", soon);
  addEventListener("scroll", soon, { capture: true, passive: true });
  return true;
})();
