// A printed page shows each diagram whole, however it is zoomed, with its caption below.
window.fusionPrinting ??= (() => {
  const MARGIN = 6;
  const figures = [];

  function figureOf(stage) {
    const drawing = stage.querySelector("svg");
    const { x, y, width, height } = drawing.getBBox();
    const copy = drawing.cloneNode(true);
    const box = [x - MARGIN, y - MARGIN, width + 2 * MARGIN, height + 2 * MARGIN];
    copy.setAttribute("viewBox", box.join(" "));
    copy.setAttribute("width", width);
    copy.removeAttribute("height");
    const figure = document.createElement("figure");
    figure.className = "paper";
    const caption = document.createElement("figcaption");
    caption.textContent = stage.getAttribute("aria-label");
    figure.append(copy, caption);
    return figure;
  }

  function lay() {
    for (const host of document.querySelectorAll(':--component')) {
      const viewer = host.shadowRoot?.querySelector(".viewer:has(.stage svg)");
      if (!viewer) continue;
      const figure = figureOf(viewer.querySelector(".stage"));
      viewer.after(figure);
      figures.push(figure);
    }
  }

  addEventListener("beforeprint", lay);
  addEventListener("afterprint", () => figures.splice(0).forEach((figure) => figure.remove()));
  return true;
})();
