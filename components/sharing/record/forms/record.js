// Each picture is dragged with the pointer, and zoomed with its buttons or with Ctrl and the wheel.
for (const figure of document.querySelectorAll("figure")) {
  const stage = figure.querySelector(".stage");
  let [x, y, scale, from] = [0, 0, 1, null];
  const draw = () => {
    for (const image of stage.children) {
      image.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    }
  };
  const zoom = (factor, atX, atY) => {
    const next = Math.min(16, Math.max(1, scale * factor));
    [x, y] = next === 1 ? [0, 0] : [atX - (atX - x) * next / scale, atY - (atY - y) * next / scale];
    scale = next;
    draw();
  };
  for (const button of figure.querySelectorAll("button")) {
    const factor = Number(button.dataset.zoom);
    button.onclick = () => zoom(factor, stage.clientWidth / 2, stage.clientHeight / 2);
  }
  stage.addEventListener("wheel", event => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const box = stage.getBoundingClientRect();
    zoom(2 ** (-event.deltaY / 300), event.clientX - box.left, event.clientY - box.top);
  }, {passive: false});
  stage.onpointerdown = event => {
    from = [event.clientX - x, event.clientY - y];
    stage.setPointerCapture(event.pointerId);
  };
  stage.onpointermove = event => {
    if (!from) return;
    [x, y] = [event.clientX - from[0], event.clientY - from[1]];
    draw();
  };
  stage.onpointerup = stage.onpointercancel = () => { from = null; };
}
