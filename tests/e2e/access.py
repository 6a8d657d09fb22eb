"""Accessibility checks of a page: axe-core, cut and covered controls, targets, focus, names."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, expect

from tests.e2e.browser import idle

Scheme = Literal["light", "dark"]
AXE = Path(__file__).with_name("axe") / "axe.min.js"
SEVERE = ("serious", "critical")
KNOWN = (
    (
        "label-content-name-mismatch",
        'class="node',
        "Lines of a layer that are panned out of sight are in its name, but not in its text.",
    ),
)
"""Findings that are no faults: the rule, a part of the element's HTML, and the reason."""

_RUN = """part => Promise.race([axe.run(part, {
  resultTypes: ['violations'], preload: part === 'html',
  rules: {'target-size': {enabled: true}},
}), new Promise((_, fail) => setTimeout(() => fail(new Error('axe-core takes too long')), 60000))
]).then(result => result.violations.flatMap(rule => rule.nodes.map(node => ({
  rule: rule.id, impact: node.impact, html: node.html.slice(0, 160),
  target: node.target.flat(2).join(' ').slice(-100),
  why: node.any.concat(node.all, node.none).map(check => check.message).join(' '),
}))))"""

_STILL = """() => Promise.race([
  Promise.allSettled(document.getAnimations()
    .filter(animation => animation instanceof CSSTransition).map(animation => animation.finished)),
  new Promise(done => setTimeout(done, 3000)),
]).then(() => 0)"""
"""A script that waits for the CSS transitions of a page, at most 3 s: unseen ones never end."""
_LETTERS = """() => Promise.race(
  [document.fonts.ready, new Promise(done => setTimeout(done, 5000))]
).then(() => window.fusionFrame.update())"""
"""A script that waits for the fonts of a page, at most 5 s: one may never arrive."""

HELPERS = """
  const parts = root => [...root.querySelectorAll('*')].flatMap(
    e => e.shadowRoot ? [e, ...parts(e.shadowRoot)] : [e]);
  const up = e => e.parentElement || e.getRootNode().host || null;
  const within = (e, test) => { for (let p = e; p; p = up(p)) if (test(p)) return p; return null; };
  const shown = e => e.checkVisibility({visibilityProperty: true, opacityProperty: true})
    && !within(e, p => p.inert || p.matches('[data-testid=stSidebar][data-collapsed=true]'));
  const CONTROL = 'a[href], button, input, select, textarea, summary, [role=button], [role=radio],'
    + '[role=switch], [role=checkbox], [role=slider], [role=link]';
  const sized = e => [e, e.getBoundingClientRect()];
  const controls = () => parts(document.body).filter(e => e.matches(CONTROL) && shown(e))
    .map(sized).filter(([e, r]) => r.width > 1 && r.height > 1);
  const text = e => (e.querySelector('p') || e).innerText || e.value || e.outerHTML;
  const name = e => (e.getAttribute('aria-label') || text(e)).trim().replace(/\\s+/g, ' ')
    .slice(0, 60);
  const drawn = e => e.matches('g.node');
  const unseen = e => within(e, p => getComputedStyle(p).clipPath.includes('inset(50%)'));
  const inView = r => r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth;
"""

_CUT = f"""() => {{ {HELPERS}
  const scrolls = e => within(e, p => p !== e && p !== document.documentElement
    && ['auto', 'scroll'].includes(getComputedStyle(p).overflowX) && p.scrollWidth > p.clientWidth
    && p.getBoundingClientRect().right <= innerWidth + 1);
  const root = document.scrollingElement, main = document.querySelector('[data-testid=stMain]');
  const wide = [root, main].filter(e => e.scrollWidth > e.clientWidth + 1)
    .map(e => `${{e.tagName}} is ${{e.scrollWidth}} px wide in ${{e.clientWidth}}`);
  return [...wide, ...controls()
    .filter(([e]) => e.type !== 'range' && !scrolls(e) && !drawn(e))
    .filter(([e, r]) => r.left < -1 || r.right > innerWidth + 1)
    .map(([e, r]) => `${{name(e)}} from ${{Math.round(r.left)}} to ${{Math.round(r.right)}}`)];
}}"""

_COVERED = f"""() => {{ {HELPERS}
  const floats = e => within(e, p => ['fixed', 'sticky'].includes(getComputedStyle(p).position)
    || p.matches('[data-testid=stSidebarHeader]'));
  const area = e => within(e, p => p.matches('[data-testid=stSidebar], [role=dialog]'));
  const whole = e => e.closest('label, [data-rac], svg');
  const related = (a, b) => within(a, p => p === b) || within(b, p => p === a)
    || whole(a) && whole(a) === whole(b);
  const meet = (p, q) => p.left < q.right - 2 && q.left < p.right - 2
    && p.top < q.bottom - 2 && q.top < p.bottom - 2;
  const all = controls()
    .filter(([e, r]) => e.type !== 'range' && !drawn(e) && inView(r));
  return all.flatMap(([a, p], i) => all.slice(i + 1)
    .filter(([b, q]) => meet(p, q) && !related(a, b))
    .filter(([b]) => area(a) === area(b) && floats(a) === floats(b))
    .map(([b]) => `${{name(a)}} over ${{name(b)}}`));
}}"""

_SMALL = f"""least => {{ {HELPERS}
  const choice = e => e.matches('[type=checkbox], [type=radio]');
  const target = e => sized(choice(e) && e.closest('label') || e)[1];
  return controls().filter(([e]) => !e.disabled && e.type !== 'range')
    .filter(([e]) => !e.closest('p a, g.node, .line') && !unseen(e))
    .map(([e]) => [e, target(e)])
    .filter(([e, r]) => Math.min(r.width, r.height) < least - .5)
    .map(([e, r]) => `${{name(e)}}: ${{r.width.toFixed(1)}} × ${{r.height.toFixed(1)}}`);
}}"""


_FOCUSED = f"""() => {{ {HELPERS}
  if (!document.hasFocus()) return ['outside of the page', true];
  if (document.activeElement === document.body) return ['nothing', false];
  let e = document.activeElement;
  while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
  const ring = p => getComputedStyle(p).outlineStyle !== 'none'
    && parseFloat(getComputedStyle(p).outlineWidth) >= 2;
  const around = [e, up(e), up(e) && up(up(e)), up(e) && up(up(e)) && up(up(up(e)))];
  const stroke = e.matches('g.node') && [...e.querySelectorAll('rect, path, polygon')]
    .some(part => parseFloat(getComputedStyle(part).strokeWidth) >= 2);
  return [name(e), stroke || around.some(p => p && ring(p))];
}}"""

_SAME = f"""() => {{ {HELPERS}
  const GROUP = '[role=group][aria-label], [role=dialog]';
  const group = e => within(e, p => p !== e && p.matches(GROUP));
  const path = e => group(e) ? path(group(e)) + ' > ' + name(e) : name(e);
  const names = controls().filter(([e]) => !e.matches('g.node, .line, [role=option]'))
    .map(([e]) => `${{e.tagName}} ${{path(e)}}`);
  return names.filter((name, i) => names.indexOf(name) !== i);
}}"""

_LETTERS_BELOW = f"""least => {{ {HELPERS}
  const texts = e => [...e.childNodes].filter(n => n.nodeType === 3 && n.textContent.trim());
  const box = n => {{
    const range = document.createRange();
    range.selectNodeContents(n);
    return range.getBoundingClientRect();
  }};
  const scale = e => {{
    const grid = e.ownerSVGElement && e.getScreenCTM();
    return grid ? Math.hypot(grid.a, grid.b) : 1;
  }};
  const size = e => parseFloat(getComputedStyle(e).fontSize) * scale(e);
  const all = parts(document.body)
    .filter(e => !e.matches('style, script') && shown(e) && !unseen(e));
  const small = all.flatMap(e => texts(e).filter(n => box(n).width > 1 && inView(box(n)))
    .map(n => [n.textContent.trim().slice(0, 40), size(e)])).filter(([, px]) => px < least - .05);
  const canvases = all.filter(e => e.matches('canvas') && inView(sized(e)[1]));
  return [...canvases.map(() => 'a canvas, whose letters have no size'),
    ...small.map(([text, px]) => `${{text}}: ${{px.toFixed(1)}} px`)];
}}"""

_WORDLESS = f"""() => {{ {HELPERS}
  const PICTURE = 'canvas, img, svg, .stage, [data-testid=stEChartsChart], .js-plotly-plot';
  const words = e => e.getAttribute('aria-label') || e.getAttribute('alt') || '';
  const QUIET = '[aria-hidden=true], button, a, .modebar, .katex, #js-plotly-tester,'
    + '[data-testid=stDataFrame]';
  const quiet = e => within(e, p => p.matches(QUIET));
  const NAMED = 'img, .stage, [role=img], [role=figure]';
  const named = e => within(e, p => p.matches(NAMED) && words(p).length > 3);
  return parts(document.body).filter(e => e.matches(PICTURE) && shown(e) && !quiet(e))
    .filter(e => !e.ownerSVGElement).map(sized)
    .filter(([e, r]) => r.width > 40 && r.height > 18)
    .filter(([e]) => !named(e))
    .map(([e]) => e.outerHTML.slice(0, 160));
}}"""


def settled(page: Page) -> None:
    """Wait until the page is drawn: no running script, no placeholder, all fonts loaded."""
    idle(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    expect(page.locator("[data-stale=true]")).to_have_count(0)
    page.evaluate(_LETTERS)
    idle(page)


def findings(page: Page, part: str = "html") -> list[str]:
    """Return the serious and critical findings of axe-core in a part of a page, except
    known ones.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(f"{AXE.read_text(encoding='utf-8')};0")
    page.evaluate(_STILL)
    found: list[dict[str, str]] = page.evaluate(_RUN, part)
    return [
        f"{one['rule']}: {one['html']} at {one['target']}: {one['why']}"
        for one in found
        if one["impact"] in SEVERE and not _known(one)
    ]


def _known(finding: dict[str, str]) -> bool:
    return any(rule == finding["rule"] and part in finding["html"] for rule, part, _ in KNOWN)


def cut(page: Page) -> list[str]:
    """Return the controls that stick out at the sides of the screen, and the page if it scrolls
    there.
    """
    out: list[str] = page.evaluate(_CUT)
    return out


def covered(page: Page) -> list[str]:
    """Return the pairs of controls that overlap."""
    pairs: list[str] = page.evaluate(_COVERED)
    return pairs


def small_targets(page: Page, least: int = 24) -> list[str]:
    """Return controls narrower or lower than `least` pixels, except links within a text."""
    small: list[str] = page.evaluate(_SMALL, least)
    return small


def wordless(page: Page) -> list[str]:
    """Return pictures and charts without a text alternative."""
    pictures: list[str] = page.evaluate(_WORDLESS)
    return pictures


def letters(page: Page, least: int) -> list[str]:
    """Return visible texts whose letters have fewer than `least` pixels on the screen, after
    scaling.
    """
    small: list[str] = page.evaluate(_LETTERS_BELOW, least)
    return small


def focused(page: Page) -> tuple[str, bool]:
    """Return the name of the focused element, and whether an outline of 2 px or more marks it.

    After the last stop of a page, Tab leaves the page, and then returns to the first stop.
    """
    name, shows = page.evaluate(_FOCUSED)
    return name, shows


def same_names(page: Page) -> list[str]:
    """Return controls of one kind that share a name within a group."""
    names: list[str] = page.evaluate(_SAME)
    return names
