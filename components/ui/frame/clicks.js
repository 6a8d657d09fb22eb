// Clicks of a fast hand, which Streamlit would lose.
//
// A second click on a button is sent after the server has taken the first: sent sooner, Streamlit
// joins two clicks of one button, and drops a run that another follows before it begins.
//
// A click on a download comes after what was typed, or chosen, has been drawn: sent sooner, it
// fetches the file of the page before.
//
// A click on a link to a page that also closes a menu is repeated after the run that the closing
// causes: that run makes Streamlit drop the link.
//
// Ctrl+Z and Ctrl+Shift+Z, on a Mac with Cmd, undo and redo, except where they undo what is typed.
window.fusionClicks ??= (() => {
  const LONGEST = 3000;
  const app = document.querySelector('[data-testid="stApp"]');
  const buttons = [];
  const downloads = [];
  const kept = {};
  let taken = true;
  let typed = false;
  let dropped = "";
  let timer = 0;
  let patience = 0;

  function hold(event, queue, button) {
    event.stopImmediatePropagation();
    event.preventDefault();
    keep(queue, button);
  }

  function keep(queue, button) {
    const names = button.closest('[data-testid="stElementContainer"]').classList;
    queue.push([button, [...names].find((name) => name.startsWith("st-key-"))]);
  }

  // The button itself, or the one that was drawn in its stead.
  function present([button, name]) {
    return button.isConnected ? button : name && document.querySelector(`.${CSS.escape(name)} button`);
  }

  function sent() {
    taken = false;
    clearTimeout(timer);
    timer = setTimeout(next, LONGEST);
  }

  function next() {
    taken = true;
    typed = false;
    while (taken && buttons.length) {
      const button = present(buttons.shift());
      if (button && !button.disabled) {
        sent();
        button.click();
      }
    }
    fetch();
  }

  function drawn() {
    return !typed && app.dataset.testScriptState === "notRunning";
  }

  function fetch() {
    if (!drawn()) return;
    clearTimeout(patience);
    for (const held of downloads.splice(0)) present(held)?.click();
    if (dropped && dropped !== location.pathname) {
      const links = [...document.querySelectorAll('[data-testid="stPageLink"] a')];
      links.find((link) => link.pathname === dropped)?.click();
    }
    dropped = "";
  }

  // The address names the tab's draft, lesson and class room, so that a reload finds them: in this
  // order, as the server tells Streamlit. No step in the browser's history.
  function keepAddress(parts) {
    const url = new URL(location.href);
    for (const [name, value] of Object.entries(Object.assign(kept, parts)).sort()) {
      url.searchParams.delete(name);
      if (value) url.searchParams.append(name, value);
    }
    if (url.href !== location.href) history.replaceState(history.state, "", url);
  }

  function typing(element) {
    const written = "textarea, input:not([type=range], [type=checkbox], [type=radio])";
    return element.isContentEditable || element.matches?.(written);
  }

  document.addEventListener("keydown", (event) => {
    const pressed = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase();
    if (pressed !== "z" || typing(event.target)) return;
    const button = document.querySelector(`.st-key-${event.shiftKey ? "redo" : "undo"} button`);
    if (!button || button.disabled) return;
    event.preventDefault();
    if (!taken) return keep(buttons, button);
    sent();
    button.click();
  });
  document.addEventListener("input", () => { typed = true; }, true);
  document.addEventListener("click", (event) => {
    if (!event.isTrusted || !event.target.closest) return;
    const button = event.target.closest('[data-testid="stButton"] button');
    if (button && taken) sent();
    else if (button) hold(event, buttons, button);
    const link = event.target.closest('[data-testid="stPageLink"] a');
    if (link && document.querySelector('[data-testid="stPopoverBody"]')) dropped = link.pathname;
    const download = event.target.closest('[data-testid="stDownloadButton"] button');
    if (!download || drawn()) return;
    hold(event, downloads, download);
    patience = setTimeout(() => { typed = false; fetch(); }, LONGEST);
  }, true);
  new MutationObserver(() => setTimeout(fetch))
    .observe(app, { attributeFilter: ["data-test-script-state"] });
  return { next, keepAddress, typing };
})();
