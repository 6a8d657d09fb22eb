export default function ({ data, parentElement }) {
  const figure = parentElement.querySelector("figure");
  const drawn = figure.querySelector(".drawn");
  if (drawn.source !== data.svg) {
    const parsed = new DOMParser().parseFromString(data.svg, "image/svg+xml").documentElement;
    for (const title of parsed.querySelectorAll("title")) title.remove();
    parsed.setAttribute("width", data.width);
    parsed.setAttribute("height", data.height);
    drawn.replaceChildren(document.importNode(parsed, true));
    drawn.source = data.svg;
  }
  drawn.setAttribute("aria-label", data.alt);
  figure.querySelector("figcaption").textContent = data.caption;
  figure.style.minHeight = `${data.room}px`;
}
