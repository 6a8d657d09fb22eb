// A second click on a button is sent after the server has taken the first. Sent sooner it is lost:
// Streamlit joins two clicks of one button, and drops a run that another follows before it begins.
window.fusionClicks ??= (() => {
  const LONGEST = 3000;
  const waiting = [];
  let taken = true;
  let timer = 0;

  function sent() {
    taken = false;
    clearTimeout(timer);
    timer = setTimeout(next, LONGEST);
  }

  // The button itself, or the one that was drawn in its stead.
  function present(button, name) {
    return button.isConnected ? button : name && document.querySelector(`.${CSS.escape(name)} button`);
  }

  function next() {
    taken = true;
    while (taken && waiting.length) {
      const button = present(...waiting.shift());
      if (button && !button.disabled) {
        sent();
        button.click();
      }
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.('[data-testid="stButton"] button');
    if (!button || !event.isTrusted) return;
    if (taken) {
      sent();
      return;
    }
    event.stopImmediatePropagation();
    event.preventDefault();
    const names = button.closest('[data-testid="stElementContainer"]').classList;
    waiting.push([button, [...names].find((name) => name.startsWith("st-key-"))]);
  }, true);
  return { next };
})();
