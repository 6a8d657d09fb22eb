// Space and → go on in the plan of a class, where no field or button has the focus.
window.fusionPlan ??= (() => {
  const FOCUS = "button, a, input, textarea, select, summary, [contenteditable], [role], svg";
  const OPEN = 'dialog[open], [role="dialog"], :--popover-content';

  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.key !== " " && event.key !== "ArrowRight") return;
    const target = event.composedPath()[0];
    const button = document.querySelector(".st-key-plan_next button");
    const onButton = event.key === "ArrowRight" && target.closest?.(".st-key-plan_next");
    if (!button || document.querySelector(OPEN) || (target.closest?.(FOCUS) && !onButton)) return;
    event.preventDefault();
    button.click();
  });
  return true;
})();
