// Tours: hints, one at a time beside its control. `?tour=` and a name in the address starts one; the
// first visit has one of its own, until this browser has closed it. Who came for something else, by a
// link or for a lesson, is not stopped by that one.
window.fusionHints ??= (() => {
  const [FIRST, ...TOURS] = window.fusionTours;
  const PARAMETER = "tour";
  const CLOSED = "fusion-hints-closed";
  const GAP = 12;
  const EDGE = 8;
  const PATIENCE = 1000;
  const SIDEBAR = '[data-testid="stSidebar"]';
  const CONTENT = '[data-testid="stSidebarUserContent"], [data-testid="stMainBlockContainer"]';
  const EXPAND = '[data-testid="stExpandSidebarButton"]';
  const COLLAPSE = '[data-testid="stSidebarCollapseButton"]';
  const LOADING = '[data-testid="stSkeleton"]';
  const MODAL = '[data-testid="stDialog"]';
  const LESSON = ".st-key-lesson_panel, .st-key-lesson_folded";
  const NOTE = ".st-key-room_line .stMarkdown";
  const ERROR = '[data-testid="stAlertContentError"]';
  const LINKS = ["m", "lesson", "room", "teach", "race", "run", PARAMETER];
  const OPEN = `dialog[open], ${MODAL}, [role="listbox"], [data-testid="stPopoverBody"]`;
  let tour = null;
  let step = 0;
  let ringed = null;
  let missing = 0;
  let focusNext = false;
  let frame = 0;

  function closed() {
    try {
      return localStorage.getItem(CLOSED) !== null;
    } catch {
      return true;
    }
  }

  // Whether an address opens something. A page removes some of it at once: the one that was asked for counts, too.
  const isLink = (search) => LINKS.some((name) => new URLSearchParams(search).has(name));
  const cameByLink = isLink(new URL(performance.getEntriesByType("navigation")[0]?.name ?? location.href).search);
  const busy = () => cameByLink || isLink(location.search) || document.querySelector(`${LESSON}, ${NOTE}`);

  // The tour of this page that the address asks for, or that of the first visit.
  function wanted() {
    const { pathname, search } = location;
    const page = pathname.split("/").pop();
    const address = new URLSearchParams(search);
    if (address.get("present") === "1") return null;
    const asked = TOURS.find(({ name }) => name === address.get(PARAMETER));
    if (asked?.page === page) return asked;
    return FIRST.page === page && !closed() && !busy() ? FIRST : null;
  }

  function inSight(part) {
    const box = part?.getBoundingClientRect();
    return box && box.width > 0 && box.right > 0 ? part : null;
  }

  // A button with help is on the page twice, once for narrow windows.
  const shown = (selector) => selector ? [...document.querySelectorAll(selector)].find(inSight) ?? null : null;

  // Whether the sidebar, as a sheet, lies over the middle of a part of the page.
  function behindSheet(part) {
    const box = part.getBoundingClientRect();
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return !part.closest(SIDEBAR) && top?.closest(SIDEBAR);
  }

  // What a hint points at, with a sentence that leads to the control. A closed sidebar may have none.
  function target([, control, opener]) {
    const part = shown(control) ?? shown(opener);
    if (part && behindSheet(part)) return [shown(COLLAPSE) ?? part, "Close the sidebar to see it."];
    if (part) return [part, ""];
    const folded = document.querySelector(control)?.closest(SIDEBAR);
    return folded && shown(EXPAND) ? [shown(EXPAND), "Open the sidebar to see it."] : null;
  }

  const reachable = () => tour.hints.map((_, index) => index).filter((index) => target(tour.hints[index]));

  // The hint to show: the present one, or a later one once its control has been gone for a while.
  function index() {
    if (target(tour.hints[step])) {
      missing = 0;
      return step;
    }
    if (document.querySelector(LOADING)) missing = 0;
    missing ||= performance.now();
    if (performance.now() - missing >= PATIENCE) return reachable().find((one) => one > step) ?? -1;
    setTimeout(soon, PATIENCE);
    return -1;
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

  function fill(at, lead) {
    const all = reachable();
    card.setAttribute("aria-label", tour.title);
    write(text, lead ? `${tour.hints[at][0]} ${lead}` : tour.hints[at][0]);
    write(count, `${all.indexOf(at) + 1} of ${all.length}`);
    write(forward, at === all.at(-1) ? "Done" : "Next");
    back.hidden = at === all[0];
  }

  // Beside a control of the sidebar, else below it, above it or beside it, else over its lower end. Where
  // the page links have a line of their own in the bar, the hint of a button above them is below them.
  function position(part) {
    const box = part.getBoundingClientRect();
    const bar = document.querySelector(".st-key-top_bar").getBoundingClientRect().bottom;
    const { offsetWidth: width, offsetHeight: height } = card;
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const left = Math.max(EDGE, Math.min(x - width / 2, innerWidth - width - EDGE));
    const within = (top) => Math.max(bar + EDGE, Math.min(top, innerHeight - height - EDGE));
    const beside = () => {
      const top = within(y - height / 2);
      const meets = y > top + GAP && y < top + height - GAP;
      const end = Math.min(box.right + GAP, innerWidth - width - EDGE);
      return [meets ? "right" : "over", end, top, y - top];
    };
    const room = box.right + EDGE / 2 + width + EDGE < innerWidth;
    if (part.closest(SIDEBAR) && room) return beside();
    if (part.matches(EXPAND) && box.bottom + GAP < bar) return ["under", left, bar + GAP, 0];
    const below = box.bottom + GAP, above = box.top - GAP - height;
    if (below > bar && below + height < innerHeight) return ["below", left, below, x - left];
    if (above > bar && box.top < innerHeight) return ["above", left, above, x - left];
    if (room) return beside();
    return ["over", left, within(Math.min(box.bottom, innerHeight) - height - GAP), 0];
  }

  function show(at, [part, lead]) {
    card.hidden = false;
    fill(at, lead);
    ring(part);
    watch(part.closest(CONTENT));
    const [side, left, top, arrow] = position(part);
    card.dataset.side = side;
    card.style.left = `${left}px`;
    card.style.top = `${top}px`;
    card.style.setProperty("--arrow", `${arrow}px`);
    if (focusNext && !window.fusionClicks.typing(document.activeElement)) forward.focus({ preventScroll: true });
    focusNext = false;
  }

  function hide() {
    card.hidden = true;
    ring(null);
    watch();
  }

  function place() {
    const now = wanted();
    if (now !== tour) {
      [tour, step, missing] = [now, 0, 0];
      focusNext = tour !== null && tour !== FIRST;
    }
    const at = tour && !document.querySelector(`${MODAL}, ${ERROR}`) ? index() : -1;
    if (at < 0) hide();
    else show(at, target(tour.hints[at]));
  }

  function soon() {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(place);
  }

  // The address is that of the page again, without a step in the browser's history. The control that was
  // pointed at gets the focus of the card.
  function close() {
    const url = new URL(location.href);
    url.searchParams.delete(PARAMETER);
    if (url.href !== location.href) history.replaceState(history.state, "", url);
    try {
      localStorage.setItem(CLOSED, "1");
    } catch {} // A browser without storage: a tour of the address is closed as well.
    const control = card.contains(document.activeElement) && ringed;
    place();
    if (control) (control.matches("button, a") ? control : control.querySelector("button, a, input"))?.focus();
  }

  function go(by) {
    const all = reachable();
    const next = by > 0 ? all.find((one) => one > index()) : all.findLast((one) => one < index());
    if (next === undefined) return close();
    step = next;
    const pressed = document.activeElement;
    shown(tour.hints[step][1])?.scrollIntoView({ block: "nearest" });
    place();
    if (back.hidden && pressed === back) forward.focus({ preventScroll: true });
  }

  // Without tags in its text: Streamlit drops a script that has one.
  function part(name, attributes, ...content) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...content);
    return element;
  }

  const text = part("p", { role: "status", id: "hint-text" });
  const count = part("span", { class: "count" });
  const back = part("button", { type: "button", class: "back" }, "Back");
  const forward = part("button", { type: "button", class: "next", "aria-describedby": "hint-text" });
  const end = part("button", { type: "button", class: "close", "aria-label": "Close the hints" }, "✕");
  const card = part("aside", { class: "hints", hidden: "" }, text, part("div", {}, count, back, forward, end));
  document.body.append(card);
  window.fusionFrame.afterChanges(soon);
  // A click on a button that a hint points at goes on; what is chosen or typed keeps its hint.
  document.addEventListener("click", ({ target: clicked }) => {
    if (card.hidden || !clicked.closest) return;
    if (clicked.closest(".hints .close")) close();
    else if (clicked.closest(".hints .back")) go(-1);
    else if (clicked.closest(".hints .next") || clicked.closest("button, a")?.matches(tour.hints[index()]?.[1])) go(1);
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
