// Projector mode: `?present=1` in the address. A button and P turn it on and off, Esc and the browser's
// Back turn it off. The page is drawn anew as after a step in the browser's history.
window.fusionPresent ??= (() => {
  const PARAMETER = "present";
  const OPEN = 'dialog[open], [role="dialog"], [role="listbox"], :--popover-content';

  const on = () => new URL(location.href).searchParams.get(PARAMETER) === "1";

  function toggle() {
    const url = new URL(location.href);
    if (on()) url.searchParams.delete(PARAMETER);
    else url.searchParams.set(PARAMETER, "1");
    history.pushState(history.state, "", url);
    dispatchEvent(new PopStateEvent("popstate", { state: history.state }));
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (window.fusionClicks.typing(event.composedPath()[0]) || document.querySelector(OPEN)) return;
    const button = document.querySelector(".present-button");
    if (button && (event.key === "p" || (event.key === "Escape" && on()))) toggle();
  });
  document.addEventListener("click", ({ target }) => {
    if (target.closest?.(".present-button")) toggle();
  });
  return true;
})();
