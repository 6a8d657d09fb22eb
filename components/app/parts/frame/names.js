// Names, places in the order of Tab, and a colour scheme, which Streamlit leaves out.
//
// A slider is named once, the steps of a number by the number, the list of a box by the box; the
// fields of a block of the sidebar are a group with the block's name, the buttons of a lesson one
// with its title. Where two labels are the same, the heading above tells them apart.
//
// The buttons with explanations are not in the order of Tab: F1 goes from a control to its
// explanation, and a second F1, Escape or Tab back.
window.fusionNames ??= (() => {
  const WIDGET = ':--element';
  const HELP = ':--help';
  let origin = null;

  function set(element, name, value) {
    if (element && value && element.getAttribute(name) !== value) element.setAttribute(name, value);
  }

  const all = (selector) => [...document.querySelectorAll(selector)];

  function labels() {
    const shown = all(':--sidebar :--label p');
    return shown.filter((label) => !label.closest('[class*="_box_"]'));
  }

  function headingAbove(element) {
    const headings = all(':--sidebar :is(h2, h3, p > strong:only-child)');
    const above = Node.DOCUMENT_POSITION_FOLLOWING;
    return headings.findLast((heading) => heading.compareDocumentPosition(element) & above);
  }

  // Labels may be the same for a moment only, while a page is drawn anew.
  function tellApart() {
    const texts = labels().map((label) => label.textContent);
    for (const label of labels()) {
      const text = label.textContent;
      const alone = texts.indexOf(text) === texts.lastIndexOf(text);
      const widget = label.closest(WIDGET);
      if (alone && !widget.dataset.apart) continue;
      const own = alone ? text : `${text} (${headingAbove(label)?.textContent})`;
      widget.dataset.apart = alone ? "" : "yes";
      set(widget.querySelector("input, textarea"), "aria-label", own);
      set(widget.querySelector(HELP), "aria-label", `Help for ${own}`);
    }
  }

  function widgetName(element) {
    const widget = element.closest(WIDGET);
    const input = widget?.querySelector("input[aria-label]");
    return input?.getAttribute("aria-label") ?? "";
  }

  function nameAll(selector, words) {
    for (const element of all(selector)) {
      const name = widgetName(element);
      set(element, "aria-label", name && `${words} ${name}`);
    }
  }

  // What opens over the page is outside of the part that has the theme.
  function keepScheme() {
    const app = document.querySelector(':--app');
    document.documentElement.style.colorScheme = getComputedStyle(app).colorScheme;
  }

  function name() {
    keepScheme();
    for (const input of all('input[type="range"][aria-labelledby]')) {
      if (input.hasAttribute("aria-label")) input.removeAttribute("aria-labelledby");
    }
    tellApart();
    nameAll(':--step-down', "Decrease");
    nameAll(':--step-up', "Increase");
    nameAll(':--multiselect :--clear', "Clear");
    nameAll(':--open-list', "Open");
    for (const button of all(HELP)) set(button, "tabindex", "-1");
    for (const input of all("input, select, textarea")) {
      if (help(input)) set(input, "aria-keyshortcuts", "F1");
    }
    for (const block of all(':--sidebar [class*="_box_"]')) {
      const field = block.querySelector('[class*="-top"] input');
      set(block, "role", field && "group");
      set(block, "aria-label", field?.value);
    }
    for (const title of all(".lesson-card h3")) {
      const card = title.closest(':--block');
      set(card, "role", "group");
      set(card, "aria-label", title.textContent);
    }
    for (const area of all(':--code pre, .samples, [class*="st-key-formula_"]')) {
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

  window.fusionFrame.afterChanges(name);
  return true;
})();
