// Clicks of a fast hand, which Streamlit would lose.
//
// A second click on a button is sent after the server has taken the first: sent sooner, Streamlit
// joins two clicks of one button, and drops a run that another follows before it begins.
//
// A click on a download comes after what was typed, or chosen, has been drawn: sent sooner, it
// fetches the file of the page before. The file comes from the server's own
// route; why it does not come stands beside its button.
//
// A click on a link to a page that also closes a menu is repeated after the run that the closing
// causes: that run makes Streamlit drop the link.
//
// Ctrl+Z and Ctrl+Shift+Z, on a Mac with Cmd, undo and redo, except where they undo what is typed.
window.fusionClicks ??= (() => {
  const LONGEST = 3000;
  const MOST_PATIENCE = 30000;
  const MOST_FETCH = 150000;
  const KEPT = 60000;
  const UNDRAWN = "The page is still being drawn. Press the button again when it is done.";
  const UNREACHED = "The server did not answer. Check the connection and press the button again.";
  const app = document.querySelector(':--app');
  const buttons = [];
  const downloads = [];
  const kept = {};
  let taken = true;
  let typed = false;
  let dropped = "";
  let files = "";
  let timer = 0;
  let patience = 0;

  function hold(event, queue, button) {
    event.stopImmediatePropagation();
    event.preventDefault();
    return keep(queue, button);
  }

  function keep(queue, button) {
    const held = [button, keyOf(button)];
    queue.push(held);
    return held;
  }

  function keyOf(button) {
    const names = button.closest(':--element').classList;
    return [...names].find((name) => name.startsWith("st-key-"));
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
    release();
  }

  function drawn() {
    return !typed && app.matches(':--at-rest');
  }

  function release() {
    if (!drawn()) return;
    clearTimeout(patience);
    for (const held of downloads.splice(0)) {
      const button = present(held);
      if (button && !button.disabled) save(held[1]);
      else show(held[1], "");
    }
    if (dropped && dropped !== location.pathname) {
      const links = [...document.querySelectorAll(':--page-link a')];
      links.find((link) => link.pathname === dropped)?.click();
    }
    dropped = "";
  }

  // A click that is still held is not waited for any longer.
  function giveUp(held) {
    const at = downloads.indexOf(held);
    if (at < 0) return;
    downloads.splice(at, 1);
    show(held[1], UNDRAWN);
  }

  function offer(token) {
    files = token;
  }

  // Saves the file that the button of a key offers.
  async function save(key) {
    show(key, "", true);
    show(key, await fetched(key.slice("st-key-".length)).catch(() => UNREACHED));
  }

  // Fetches a file and saves it; returns why that can't be done, else an empty text.
  async function fetched(button) {
    const url = new URL(`download/${files}/${button}`, location.href);
    const reply = await fetch(url, { signal: AbortSignal.timeout(MOST_FETCH) });
    const isSentence = reply.headers.get("Content-Type")?.startsWith("text/plain");
    if (!reply.ok) return isSentence ? reply.text() : UNREACHED;
    const link = document.createElement("a");
    link.download = decodeURIComponent(reply.headers.get("Content-Disposition").split("''")[1]);
    link.href = URL.createObjectURL(await reply.blob());
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), KEPT);
    return "";
  }

  // Shows beside the button of a key whether its file is awaited, or why it does not come.
  function show(key, text, awaited = false) {
    const box = document.querySelector(`.${CSS.escape(key)}`);
    if (!box) return;
    box.setAttribute("aria-busy", awaited);
    box.querySelector(".download-failed")?.remove();
    if (!text) return;
    const note = document.createElement("p");
    note.className = "download-failed";
    note.setAttribute("role", "alert");
    note.textContent = text;
    box.append(note);
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
    const button = event.target.closest(':--button button');
    if (button && taken) sent();
    else if (button) hold(event, buttons, button);
    const link = event.target.closest(':--page-link a');
    if (link && document.querySelector(':--popover-content')) dropped = link.pathname;
    const download = event.target.closest(':--download button');
    if (!download) return;
    if (download.closest('[aria-busy="true"]')) return event.stopImmediatePropagation();
    const held = hold(event, downloads, download);
    show(held[1], "", true);
    patience = setTimeout(() => { typed = false; release(); }, LONGEST);
    setTimeout(() => giveUp(held), MOST_PATIENCE);
    release();
  }, true);
  new MutationObserver(() => setTimeout(release))
    .observe(app, { attributes: true });
  return { next, keepAddress, offer, typing };
})();
