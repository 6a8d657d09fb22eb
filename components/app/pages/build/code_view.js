const KEYWORDS = new Set(
  "import from as def class return for in if else yield lambda not and or".split(" "),
);
const LITERALS = new Set(["True", "False", "None"]);
const TOKEN =
  /(?<comment>#.*)|(?<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<number>\b\d[\w.]*(?:[+-]\d+)?)|(?<word>[A-Za-z_]\w*)/g;

export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".code");
  const view = host.view ?? (host.view = start(host));
  host.style.height = `${data.height}px`;
  view.choose = (id) => setTriggerValue("select", id);
  view.show(data);
}

function start(host) {
  const scroll = host.querySelector(".scroll");
  const list = host.querySelector(".lines");
  const status = host.querySelector(".status");
  const changes = host.querySelector(".changes");
  const view = { text: null, data: null, differs: false, selected: null };

  view.show = (data) => {
    const drawn = JSON.stringify([data.text, data.marks, data.diff]);
    view.data = data;
    changes.disabled = !data.diff.length;
    status.textContent = data.status;
    if (drawn !== view.drawn) {
      view.drawn = drawn;
      draw();
    }
    const moved = data.selected !== view.selected;
    view.selected = data.selected;
    mark(moved);
  };

  const draw = () => {
    const { scrollTop, scrollLeft } = scroll;
    const focused = list.querySelector(":focus")?.dataset.node;
    view.differs = view.differs && view.data.diff.length > 0;
    changes.setAttribute("aria-pressed", String(view.differs));
    list.setAttribute("role", view.differs ? "list" : "listbox");
    list.replaceChildren(...(view.differs ? differing() : whole()));
    scroll.scrollTop = scrollTop;
    scroll.scrollLeft = scrollLeft;
    if (focused) lines(focused)[0]?.focus({ preventScroll: true });
    host.dataset.drawn = String(Number(host.dataset.drawn ?? 0) + 1);
  };

  const whole = () => {
    let within = false;
    return view.data.text.split("\n").map((text, index) => {
      const row = line(String(index + 1), text, view.data.marks[index + 1] ?? "", within);
      if (quotes(text)) within = !within;
      const node = view.data.nodes[index + 1];
      if (node) {
        row.classList.add("node");
        row.dataset.node = node;
        row.setAttribute("role", "option");
        row.tabIndex = -1;
      }
      return row;
    });
  };

  const differing = () =>
    view.data.diff.map((text) => {
      if (text.startsWith("@@")) return line("", text, "hunk", false);
      const kinds = { "+": "plus", "-": "minus" };
      return line(text[0].trim(), text.slice(1), kinds[text[0]] ?? "", false);
    });

  const lines = (id) => [...list.querySelectorAll(".line.node")].filter((row) => row.dataset.node === id);

  const mark = (moved) => {
    for (const row of list.querySelectorAll(".node")) {
      const chosen = row.dataset.node === view.selected;
      row.classList.toggle("selected", chosen);
      row.setAttribute("aria-selected", String(chosen));
      row.tabIndex = -1;
    }
    const rows = view.selected ? lines(view.selected) : [];
    const first = rows[0] ?? list.querySelector(".node");
    if (first) first.tabIndex = 0;
    if (moved && rows.length) rows.at(-1).scrollIntoView({ block: "nearest" });
    if (moved && rows.length) rows[0].scrollIntoView({ block: "nearest" });
  };

  const pick = (id) => {
    view.selected = id || null;
    mark(false);
    view.choose(id);
  };

  list.addEventListener("click", (event) => {
    if (!String(getSelection())) pick(event.target.closest(".node")?.dataset.node ?? "");
  });
  list.addEventListener("keydown", (event) => {
    const row = event.target.closest(".node");
    const rows = [...list.querySelectorAll(".node")];
    const to = { ArrowDown: rows.indexOf(row) + 1, ArrowUp: rows.indexOf(row) - 1, Home: 0, End: rows.length - 1 };
    if (row && (event.key === "Enter" || event.key === " ")) pick(row.dataset.node);
    else if (event.key === "Escape") pick("");
    else if (event.key in to) focus(rows[to[event.key]]);
    else return;
    event.preventDefault();
  });

  const focus = (row) => {
    if (!row) return;
    for (const other of list.querySelectorAll(".node")) other.tabIndex = -1;
    row.tabIndex = 0;
    row.focus();
  };

  changes.addEventListener("click", () => {
    view.differs = !view.differs;
    draw();
    mark(false);
  });
  host.querySelector(".copy").addEventListener("click", async () => {
    status.textContent = (await copyText(view.data.text, host)) ? "Copied" : "Select the text and copy it";
  });
  return view;
}

function line(number, text, kind, within) {
  const row = document.createElement("div");
  row.className = `line ${kind}`.trim();
  const counted = span("number", number);
  counted.setAttribute("aria-hidden", "true");
  const content = span("text", "");
  content.append(...(within || quotes(text) || text.startsWith('"""') ? [span("string", text)] : tokens(text)));
  row.append(counted, content);
  return row;
}

// True if a text of several lines begins or ends here.
function quotes(text) {
  return (text.split('"""').length - 1) % 2 === 1;
}

function tokens(text) {
  const parts = [];
  let done = 0;
  for (const match of text.matchAll(TOKEN)) {
    const { comment, string, number, word } = match.groups;
    const end = match.index + match[0].length;
    const kind = comment
      ? "comment"
      : string
        ? "string"
        : number || LITERALS.has(word)
          ? "literal"
          : KEYWORDS.has(word)
            ? "keyword"
            : word && text[end] === "("
              ? "called"
              : "";
    parts.push(document.createTextNode(text.slice(done, match.index)));
    parts.push(kind ? span(kind, match[0]) : document.createTextNode(match[0]));
    done = end;
  }
  parts.push(document.createTextNode(text.slice(done)));
  return parts;
}

function span(kind, text) {
  const element = document.createElement("span");
  element.className = kind;
  element.textContent = text;
  return element;
}
