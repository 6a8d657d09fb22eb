// What Streamlit can't say of the frame of a page: its landmarks, the present page, a link that skips
// to the picture, and keys. Where there is little room the sidebar is a sheet, closed at first.
window.fusionFrame ??= (() => {
  const NARROW = "(max-width: 900px)";
  const PHONE = "(max-width: 620px)";
  const PICTURES = ':--component, :--plotly, :--echarts, :--data-frame';
  const OPEN_SIDEBAR = ':--open-sidebar';
  const CLOSE_SIDEBAR = ':--close-sidebar';
  const TRAIN = '.st-key-train button:enabled, .st-key-strip-train button:enabled';
  const SEARCH = 'input[type=search], input[aria-label="Search"], .st-key-viewer_find input';
  const app = document.querySelector(':--app');

  const main = () => document.querySelector(':--main');
  const picture = () => main().querySelector(PICTURES);

  // What is drawn anew has lost its attributes.
  function mark() {
    const nav = document.querySelector(".st-key-navigation");
    if (!nav) return;
    app.dataset.scheme = getComputedStyle(app).colorScheme;
    nav.setAttribute("role", "navigation");
    nav.setAttribute("aria-label", "Pages");
    const present = location.pathname.split("/").pop();
    for (const link of nav.querySelectorAll("a")) {
      if (link.getAttribute("href").split("?")[0] === present) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  // What is done after the page has changed, once for all changes of a moment.
  const tasks = [mark, focusAdded, focusAgain];
  let planned = false;

  function update() {
    planned = false;
    for (const task of tasks) task();
  }

  function plan() {
    if (planned) return;
    planned = true;
    if (window.requestIdleCallback) requestIdleCallback(update, { timeout: 500 });
    else setTimeout(update);
  }

  function afterChanges(task) {
    tasks.push(task);
    plan();
  }

  function focus(part) {
    if (!part.hasAttribute("tabindex")) part.setAttribute("tabindex", "-1");
    part.focus();
  }

  // A field that was just added gets the focus once it is drawn, unless a person has pressed something
  // meanwhile, or is in another field by then. Only after a key is it scrolled to: a button stays under
  // the mouse that presses it again.
  let added = "";
  let keyed = false;

  function focusAdded() {
    const field = added && document.querySelector(`.st-key-${CSS.escape(added)} input`);
    if (!field) return;
    added = "";
    if (!document.activeElement.matches("input, textarea")) field.focus({ preventScroll: !keyed });
  }

  // A button that lost the focus, because it was disabled or drawn anew, gets it back once it can be
  // pressed again, unless a person has done something else by then.
  let left = "";

  function focusAgain() {
    if (!left || document.activeElement !== document.body) return;
    const buttons = [...document.querySelectorAll(`.${CSS.escape(left)} button:enabled`)];
    buttons.find((button) => button.checkVisibility())?.focus({ preventScroll: true });
  }

  document.addEventListener("focusin", ({ target }) => {
    const box = target.closest("button") && target.closest(':--element');
    left = [...(box?.classList ?? [])].find((name) => name.startsWith("st-key-")) ?? "";
  });

  function focusOn(name) {
    added = name;
    plan();
  }

  function skipLink() {
    const link = document.createElement("a");
    link.className = "skip-link";
    link.href = `#${main().id}`;
    link.textContent = "Skip to the picture";
    link.addEventListener("click", (event) => {
      event.preventDefault();
      focus(picture()?.shadowRoot?.querySelector(".stage") ?? picture() ?? main());
    });
    document.body.prepend(link);
  }

  let sheet = null;

  function toggleSidebar(open) {
    if (open) sheet?.disconnect();
    const part = document.querySelector(open ? OPEN_SIDEBAR : CLOSE_SIDEBAR);
    (part?.querySelector("button") ?? part)?.click();
  }

  // The sidebar may come later than this script. Only a person opens it.
  function closeSheet() {
    let asked = false;
    const close = () => {
      if (document.querySelector(OPEN_SIDEBAR)) asked = false;
      else if (document.querySelector(CLOSE_SIDEBAR) && !asked) {
        asked = true;
        toggleSidebar(false);
      }
    };
    sheet = new MutationObserver(close);
    sheet.observe(app, { childList: true, subtree: true });
    close();
  }

  function search() {
    const fields = () => [...document.querySelectorAll(SEARCH)].filter((field) => field.checkVisibility());
    if (!fields().length) toggleSidebar(true);
    setTimeout(() => fields().at(-1)?.focus());
    return document.querySelector(SEARCH) !== null;
  }

  // On a phone the sheet takes the lower half: the picture moves into the upper one.
  function besideSheet() {
    if (!matchMedia(PHONE).matches) return;
    requestAnimationFrame(() => setTimeout(() => picture()?.scrollIntoView({ block: "start" })));
  }

  // The focus goes to the button, so that it comes back there when the training has ended.
  function train() {
    const button = document.querySelector('[role="dialog"]') ? null : document.querySelector(TRAIN);
    button?.focus();
    button?.click();
    return button !== null;
  }

  const shortcuts = () => document.querySelector("dialog.shortcuts");

  function showShortcuts() {
    if (!shortcuts() || document.querySelector('[role="dialog"]')) return false;
    shortcuts().showModal();
    return true;
  }

  for (const act of ["pointerdown", "keydown"]) {
    document.addEventListener(act, () => {
      [added, keyed] = ["", act === "keydown"];
      if (act === "pointerdown" || document.activeElement === document.body) left = "";
    }, true);
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (window.fusionClicks.typing(event.composedPath()[0]) || shortcuts()?.open) return;
    const acts = { "?": showShortcuts, "/": search, t: train };
    if (acts[event.key]?.()) event.preventDefault();
  });
  // The range of a number stands in its field while the number is outside of it.
  document.addEventListener("input", ({ target }) => {
    if (!target.matches?.('input:--number-field')) return;
    const [low, high] = [target.min, target.max].map((end) => end && Number(end).toLocaleString("en"));
    const range = !high ? `${low} or more` : !low ? `${high} or less` : `${low} to ${high}`;
    target.parentElement.style.setProperty("--range", `"Only ${range}"`);
  }, true);
  document.addEventListener("click", (event) => {
    if (!event.target.closest) return;
    if (event.target.closest(".shortcuts-button")) showShortcuts();
    else if (event.target.closest("dialog.shortcuts .close")) shortcuts().close();
    else if (event.target === shortcuts()) shortcuts().close();
    else if (event.target.closest(".opens-sidebar")) toggleSidebar(true);
    else if (event.target.closest(OPEN_SIDEBAR)) besideSheet();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.(OPEN_SIDEBAR)) sheet?.disconnect();
  }, true);
  skipLink();
  mark();
  if (matchMedia(NARROW).matches) closeSheet();
  new MutationObserver(plan).observe(app, { attributeFilter: ["class"] });
  new MutationObserver(plan).observe(document.body, { childList: true, subtree: true });
  return { afterChanges, update, focusOn };
})();
