// Shows an SVG; a point that is hovered is marked in all panels.
export default function ({ data, parentElement }) {
  const host = parentElement.querySelector(".spaces");
  if (host.source === data.svg) return;
  host.source = data.svg;
  const parsed = new DOMParser().parseFromString(data.svg, "image/svg+xml").documentElement;
  host.replaceChildren(document.importNode(parsed, true));
  host.style.setProperty("--wide", `${parseFloat(parsed.getAttribute("width"))}px`);
  const mark = (number) => {
    for (const point of host.querySelectorAll(".point")) {
      point.classList.toggle("same", point.dataset.n === number);
    }
  };
  host.onpointerover = (event) => mark(event.target.closest(".point")?.dataset.n);
  host.onpointerleave = () => mark(undefined);
}
