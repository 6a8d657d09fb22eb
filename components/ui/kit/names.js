// Names, places in the order of Tab, and a colour scheme, which Streamlit leaves out.
//
// A slider is named once, the steps of a number by the number, the list of a box by the box; the
// fields of a block of the sidebar are a group with the block's name.
//
// The buttons with explanations are not in the order of Tab: F1 goes from a control to its
// explanation, and a second F1, Escape or Tab back.
window.fusionNames ??= (() => {
  const WIDGET = '[data-testid="stElementContainer"]';
  const HELP = 'button[aria-label^="Help for "]';
  let planned = false;
  let origin = null;

  function set(element, name, value) {
    if (element && value && element.getAttribute(name) !== value) element.setAttribute(name, value);
  }

  function widgetName(element) {
    const label = element.closest(WIDGET)?.querySelector('[data-testid="stWidgetLabel"] p');
    return label?.textContent.trim() ?? "";
  }

  function nameAll(selector, words) {
    for (const element of document.querySelectorAll(selector)) {
      const name = widgetName(element);
      set(element, "aria-label", name && `${words} ${name}`);
    }
  }

  // What opens over the page is outside of the part that has the theme.
  function keepScheme() {
    const app = document.querySelector('[data-testid="stApp"]');
    document.documentElement.style.colorScheme = getComputedStyle(app).colorScheme;
  }

  function name() {
    planned = false;
    keepScheme();
    for (const input of document.querySelectorAll('input[type="range"][aria-labelledby]')) {
      if (input.hasAttribute("aria-label")) input.removeAttribute("aria-labelledby");
    }
    nameAll('[data-testid="stNumberInputStepDown"]', "Decrease");
    nameAll('[data-testid="stNumberInputStepUp"]', "Increase");
    nameAll('[data-testid="stMultiSelect"] button[aria-label="Clear all"]', "Clear");
    nameAll('button[aria-haspopup="listbox"][aria-label="Open"]', "Open");
    for (const button of document.querySelectorAll(HELP)) set(button, "tabindex", "-1");
    for (const input of document.querySelectorAll("input, select, textarea")) {
      if (help(input)) set(input, "aria-keyshortcuts", "F1");
    }
    for (const block of document.querySelectorAll('[data-testid="stSidebar"] [class*="_box_"]')) {
      const field = block.querySelector('[class*="-top"] input');
      set(block, "role", field && "group");
      set(block, "aria-label", field?.value);
    }
    for (const area of document.querySelectorAll('[data-testid="stCode"] pre, .samples')) {
      const scrolls = area.scrollWidth > area.clientWidth || area.scrollHeight > area.clientHeight;
      if (scrolls) set(area, "tabindex", "0");
    }
  }

  function help(element) {
    return element.closest?.(WIDGET)?.querySelector(HELP);
  }

  function back() {
    const control = origin;
    origin = null;
    control?.focus();
  }

  document.addEventListener("keydown", (event) => {
    if (document.activeElement?.matches(HELP) && ["F1", "Escape", "Tab"].includes(event.key)) {
      if (event.key !== "Tab") event.preventDefault();
      return back();
    }
    const button = event.key === "F1" && help(event.target);
    if (!button) return;
    event.preventDefault();
    origin = event.target;
    button.focus();
  });

  function plan() {
    if (planned) return;
    planned = true;
    (window.requestIdleCallback ?? setTimeout)(name);
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", plan);
  new MutationObserver(plan).observe(document.body, { childList: true, subtree: true });
  plan();
  return { name };
})();
