
// Three hints of the first visit, one at a time beside its control on the Build page, until this browser has
// closed them. Who came for something else, by a link, for a lesson or into a room, has none.
window.fusionHints ??= (() => {
  const HINTS = [
    ["Add an input: it becomes a branch of the model.", ".st-key-add-input button"],
    ["Choose the merge: how the branches become one.", '[class*="_box_merge"] .stSelectbox, [class*="-families"] button'],
    ["Train it: see how close it gets to the best possible.", '.st-key-navigation a[href$="Train"]'],
  ];
  const CLOSED = "fusion-hints-closed";
  const [GAP, EDGE] = [12, 8];
  const SIDEBAR = '[data-testid="stSidebar"]';
  const EXPAND = '[data-testid="stExpandSidebarButton"]';
  const COLLAPSE = '[data-testid="stSidebarCollapseButton"]';
  const CONTENT = '[data-testid="stSidebarUserContent"], [data-testid="stMainBlockContainer"]';
  const MODAL = '[data-testid="stDialog"]';
  const BUSY = `${MODAL}, [data-testid="stAlertContentError"], .st-key-lesson_panel, .st-key-lesson_folded,
    .st-key-room_line .stMarkdown`;
  const LINKS = ["m", "lesson", "room", "teach", "race", "run"];
  const OPEN = `dialog[open], ${MODAL}, [role="listbox"], [data-testid="stPopoverBody"]`;
  let [step, ringed, frame] = [0, null, 0];

  // A page removes some of its address at once: the one that was asked for counts, too.
  const isLink = (search) => LINKS.some((name) => new URLSearchParams(search).has(name));
  const cameByLink = isLink(new URL(performance.getEntriesByType("navigation")[0]?.name ?? location.href).search);

  function wanted() {
    const { pathname, search } = location;
    if (pathname.split("/").pop() !== "" || cameByLink || isLink(search)) return false;
    if (new URLSearchParams(search).get("present") === "1" || document.querySelector(BUSY)) return false;
    try {
      return localStorage.getItem(CLOSED) === null;
    } catch {
      return false;
    }
  }

  // A button with help is on the page twice, once for narrow windows.
  function shown(selector) {
    const inSight = ({ width, right }) => width > 0 && right > 0;
    return [...document.querySelectorAll(selector)].find((part) => inSight(part.getBoundingClientRect()));
  }

  // What a hint points at, and a sentence that leads to its control if the sidebar hides it.
  function target([, control]) {
    const part = shown(control);
    if (!part) {
      const folded = document.querySelector(control)?.closest(SIDEBAR) && shown(EXPAND);
      return folded ? [folded, " Open the sidebar to see it."] : null;
    }
    const box = part.getBoundingClientRect();
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    const behindSheet = !part.closest(SIDEBAR) && top?.closest(SIDEBAR);
    return behindSheet ? [shown(COLLAPSE) ?? part, " Close the sidebar to see it."] : [part, ""];
  }

  function ring(part) {
    if (ringed === part) return;
    ringed?.removeAttribute("data-hinted");
    part?.setAttribute("data-hinted", "");
    ringed = part;
    sizes.disconnect();
    const content = part?.closest(CONTENT);
    if (content) sizes.observe(content); // What opens or closes above a control moves it.
  }

  // The same text again would be a change of the page, after which the hint is placed.
  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  // Beside a control of the sidebar, else below it. Where the page links have a line of their own in the bar,
  // the hint of a button above them is below them.
  function position(part) {
    const box = part.getBoundingClientRect();
    const bar = document.querySelector(".st-key-top_bar").getBoundingClientRect().bottom;
    const { offsetWidth: width, offsetHeight: height } = card;
    const left = Math.max(EDGE, Math.min(box.left + box.width / 2 - width / 2, innerWidth - width - EDGE));
    const within = (top) => Math.max(bar + EDGE, Math.min(top, innerHeight - height - EDGE));
    if (part.closest(SIDEBAR) && box.right + GAP + width + EDGE < innerWidth) {
      const y = box.top + box.height / 2, top = within(y - height / 2);
      const side = y > top + GAP && y < top + height - GAP ? "right" : "over";
      return [side, box.right + GAP, top, y - top];
    }
    if (part.matches(EXPAND) && box.bottom + GAP < bar) return ["under", left, bar + GAP, 0];
    const below = box.bottom + GAP;
    const room = below > bar && below + height < innerHeight;
    return room ? ["below", left, below, box.left + box.width / 2 - left] : ["over", left, within(below), 0];
  }

  function place() {
    const found = wanted() && target(HINTS[step]);
    card.hidden = !found;
    ring(found ? found[0] : null);
    if (!found) return;
    write(text, HINTS[step][0] + found[1]);
    write(count, `${step + 1} of ${HINTS.length}`);
    write(forward, step === HINTS.length - 1 ? "Done" : "Next");
    back.hidden = step === 0;
    const [side, left, top, arrow] = position(found[0]);
    card.dataset.side = side;
    card.style.cssText = `left: ${left}px; top: ${top}px; --arrow: ${arrow}px`;
  }

  function soon() {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(place);
  }

  // The control that was pointed at gets the focus of the card.
  function close() {
    step = 0;
    try {
      localStorage.setItem(CLOSED, "1");
    } catch {} // A browser without storage has shown no hint.
    const control = card.contains(document.activeElement) && ringed;
    place();
    if (control) (control.matches("button, a") ? control : control.querySelector("input"))?.focus();
  }

  // To the next hint whose control is there: a model of one input has no merge.
  function go(by) {
    do step += by; while (HINTS[step] && !target(HINTS[step]));
    if (!HINTS[step]) return close();
    const pressed = document.activeElement;
    shown(HINTS[step][1])?.scrollIntoView({ block: "nearest" });
    place();
    if (back.hidden && pressed === back) forward.focus({ preventScroll: true });
  }

  // Without tags in its text: Streamlit drops a script that has one.
  function part(name, attributes, ...content) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element.append(...content), element;
  }

  const sizes = new ResizeObserver(soon);
  const text = part("p", { role: "status", id: "hint-text" });
  const count = part("span", { class: "count" });
  const back = part("button", { type: "button", class: "back" }, "Back");
  const forward = part("button", { type: "button", class: "next", "aria-describedby": "hint-text" });
  const end = part("button", { type: "button", class: "close", "aria-label": "Close the hints" }, "✕");
  const buttons = part("div", {}, count, back, forward, end);
  const card = part("aside", { class: "hints", hidden: "", "aria-label": "First steps" }, text, buttons);
  document.body.append(card);
  window.fusionFrame.afterChanges(soon);
  // A click on a button that a hint points at goes on; what is chosen or typed keeps its hint.
  document.addEventListener("click", ({ target: clicked }) => {
    if (card.hidden || !clicked.closest) return;
    if (clicked.closest(".hints .close")) close();
    else if (clicked.closest(".hints .back")) go(-1);
    else if (clicked.closest(".hints .next") || clicked.closest("button, a")?.matches(HINTS[step][1])) go(1);
    else soon();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !card.checkVisibility()) return;
    if (!document.querySelector(OPEN) && !window.fusionClicks.typing(event.composedPath()[0])) close();
  });
  for (const moved of ["resize", "transitionend", "popstate"]) addEventListener(moved, soon);
  document.fonts.addEventListener("loadingdone", soon);
  addEventListener("scroll", soon, { capture: true, passive: true });
  return true;
})();
