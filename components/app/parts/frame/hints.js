// Three hints of the first visit, one at a time in a line at the foot of the Build page, with a ring around the
// control. They end with the first press on Train, or when this browser has closed them. Who came for something
// else, by a link, for a lesson or into a room, has none.
window.fusionHints ??= (() => {
  const TRAIN = ".st-key-strip-train button";
  const HINTS = [
    ["Add an input: it becomes a branch of the model.", ".st-key-add-input button"],
    ["Choose the merge: how the branches become one.", '[class*="_box_merge"] :--select, [class*="-families"] button'],
    ["Train it: see how close it gets to the best possible.", TRAIN],
  ];
  const CLOSED = "fusion-hints-closed";
  const SIDEBAR = ':--sidebar';
  const MAIN = ':--main';
  const EXPAND = ':--open-sidebar';
  const MODAL = ':--dialog';
  const BUSY = `${MODAL}, :--error, .st-key-lesson_panel, .st-key-lesson_folded,
    .st-key-room_line :--markdown`;
  const OPEN = `dialog[open], ${MODAL}, [role="listbox"], [role="menu"], :--popover-content`;
  const LINKS = ["m", "lesson", "room", "teach", "race", "run"];
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
    if (part) return [part, ""];
    if (!document.querySelector(control)?.closest(SIDEBAR)) return null;
    const [opener, expander] = [shown(".opens-sidebar"), shown(EXPAND)];
    if (opener) return [opener, ` Press “${opener.textContent}” first.`];
    return expander ? [expander, " Open the sidebar to see it."] : null;
  }

  function ring(part) {
    if (ringed === part) return;
    ringed?.removeAttribute("data-hinted");
    part?.setAttribute("data-hinted", "");
    ringed = part;
  }

  // The same text again would be a change of the page, after which the hint is placed.
  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function place() {
    const found = wanted() && target(HINTS[step]);
    card.hidden = !found || document.querySelector(OPEN) !== null;
    ring(card.hidden ? null : found[0]);
    if (card.hidden) return;
    write(text, HINTS[step][0] + found[1]);
    write(count, `${step + 1} of ${HINTS.length}`);
    write(forward, step === HINTS.length - 1 ? "Done" : "Next");
    card.style.left = `${document.querySelector(MAIN).getBoundingClientRect().left}px`;
  }

  function soon() {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(place);
  }

  // The control that was pointed at gets the focus of the card.
  function close() {
    try {
      localStorage.setItem(CLOSED, "1");
    } catch {} // A browser without storage has shown no hint.
    const control = card.contains(document.activeElement) && ringed;
    place();
    if (control) (control.matches("button, a") ? control : control.querySelector("input"))?.focus();
  }

  // To the next hint whose control is there: a model of one input has no merge.
  function go() {
    do step += 1; while (HINTS[step] && !target(HINTS[step]));
    if (!HINTS[step]) return close();
    place();
    ringed?.scrollIntoView({ block: "nearest" });
  }

  // Without tags in its text: Streamlit drops a script that has one.
  function part(name, attributes, ...content) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element.append(...content), element;
  }

  const text = part("p", { role: "status", id: "hint-text" });
  const count = part("span", { class: "count" });
  const forward = part("button", { type: "button", class: "next", "aria-describedby": "hint-text" });
  const end = part("button", { type: "button", class: "close", "aria-label": "Close the hints" }, "✕");
  const card = part("aside", { class: "hints", hidden: "", "aria-label": "First steps" }, count, text, forward, end);
  document.body.append(card);
  window.fusionFrame.afterChanges(soon);
  // A click on a button that a hint points at goes on; what is chosen or typed keeps its hint.
  document.addEventListener("click", ({ target: clicked }) => {
    if (!clicked.closest || !wanted()) return;
    const button = clicked.closest("button, a");
    if (clicked.closest(".hints .close") || button?.matches(TRAIN)) close();
    else if (clicked.closest(".hints .next") || (!card.hidden && button?.matches(HINTS[step][1]))) go();
    else soon();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !card.checkVisibility()) return;
    if (!window.fusionClicks.typing(event.composedPath()[0])) close();
  });
  for (const moved of ["resize", "transitionend", "popstate"]) addEventListener(moved, soon);
  return true;
})();
