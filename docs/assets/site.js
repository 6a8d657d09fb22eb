// A table that is wider than the screen scrolls in its frame: the keyboard reaches that frame.
const wide = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
  }
});

document$.subscribe(() => {
  for (const frame of document.querySelectorAll(".md-typeset__scrollwrap")) {
    frame.setAttribute("role", "group");
    frame.setAttribute("aria-label", "Table");
    wide.observe(frame);
  }
});
