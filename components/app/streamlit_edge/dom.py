"""Names of parts of Streamlit's page: `:--main` in styles and scripts becomes a selector."""

from __future__ import annotations

import re
from pathlib import Path

SELECTORS = {
    # The frame of a page
    "root": "#root",
    "screencast": "[data-testid=stScreencast]",
    "app": "[data-testid=stApp]",
    "at-rest": "[data-test-script-state=notRunning]",
    "view": "[data-testid=stAppViewContainer]",
    "header": "[data-testid=stHeader]",
    "skip-to-content": "[data-testid=stSkipToContent]",
    "main": "[data-testid=stMain]",
    "main-content": "[data-testid=stMainBlockContainer]",
    "sidebar": "[data-testid=stSidebar]",
    "collapsed-sidebar": "[data-testid=stSidebar][data-collapsed=true]",
    "sidebar-scroll": "[data-testid=stSidebarContent]",
    "sidebar-header": "[data-testid=stSidebarHeader]",
    "sidebar-content": "[data-testid=stSidebarUserContent]",
    "close-sidebar": "[data-testid=stSidebarCollapseButton]",
    "open-sidebar": "[data-testid=stExpandSidebarButton]",
    # Containers
    "element": "[data-testid=stElementContainer]",
    "stale": "[data-stale=true]",
    "wrapper": "[data-testid=stLayoutWrapper]",
    "block": "[data-testid=stVerticalBlock]",
    "row": "[data-testid=stHorizontalBlock]",
    "column": "[data-testid=stColumn]",
    "expander": "[data-testid=stExpander]",
    "popover": "[data-testid=stPopover]",
    "popover-content": "[data-testid=stPopoverBody]",
    "dialog": "[data-testid=stDialog]",
    # Texts and drawings
    "heading": "[data-testid=stHeading]",
    "markdown": "[data-testid=stMarkdown]",
    "text": "[data-testid=stMarkdownContainer]",
    "badge": ".stMarkdownBadge",
    "formula": ".katex",
    "formula-block": ".katex-display > .katex",
    "caption": "[data-testid=stCaptionContainer]",
    "code": "[data-testid=stCode]",
    "string-in-code": ".token.string",
    "html": "[data-testid=stHtml]",
    "icon": "[data-testid=stIconMaterial]",
    "alert": "[data-testid=stAlert]",
    "alert-box": "[data-testid=stAlertContainer]",
    "error": "[data-testid=stAlertContentError]",
    "progress": "[data-testid=stProgress]",
    "component": "[data-testid=stBidiComponentIsolated]",
    "plotly": "[data-testid=stPlotlyChart]",
    "plotly-tools": ".modebar",
    "echarts": "[data-testid=stEChartsChart]",
    "data-frame": "[data-testid=stDataFrame]",
    "tools": "[data-testid=stElementToolbar]",
    # Widgets
    "label": "[data-testid=stWidgetLabel]",
    "tooltip": "[data-testid=stTooltipIcon]",
    "help": 'button[aria-label^="Help for "]',
    "button": "[data-testid=stButton]",
    "primary": "[data-testid=stBaseButton-primary]",
    "icon-in-button": "button > div > :first-child span:has(> [data-testid=stIconMaterial])",
    "download": "[data-testid=stDownloadButton]",
    "menu": "[data-testid=stMenuButton]",
    "menu-arrow": "[data-testid=stMenuButton] [aria-hidden=true]:not([translate])",
    "page-link": "[data-testid=stPageLink]",
    "button-group": "[data-testid=stButtonGroup]",
    "chosen-segment": "[data-variant=segmented_control][data-selected]",
    "checkbox": "[data-testid=stCheckbox]",
    "radio": "[data-testid=stRadio]",
    "select": "[data-testid=stSelectbox]",
    "combo-box": ".react-aria-ComboBox",
    "open-list": 'button[aria-haspopup=listbox][aria-label^="Open"]',
    "multiselect": "[data-testid=stMultiSelect]",
    "tag": "[data-tag]",
    "clear": 'button[aria-label^="Clear "]',
    "text-input": "[data-testid=stTextInput]",
    "text-field": ".react-aria-TextField",
    "text-box": "[data-testid=stTextInputRootElement]",
    "text-area-box": "[data-testid=stTextAreaRootElement]",
    "instructions": "[data-testid=InputInstructions]",
    "number-input": "[data-testid=stNumberInput]",
    "number-box": "[data-testid=stNumberInputContainer]",
    "number-field": "[data-testid=stNumberInputField]",
    "step-down": "[data-testid=stNumberInputStepDown]",
    "step-up": "[data-testid=stNumberInputStepUp]",
    "slider": "[data-testid=stSlider]",
    "thumb": "[data-testid=stSlider] [data-rac]",
    "thumb-value": "[data-testid=stSliderThumbValue]",
    "file-uploader": "[data-testid=stFileUploader]",
}
"""Selector of each part of Streamlit's page that our styles and scripts name."""
_NAME = re.compile(r":--([a-z-]+)")


def filled(text: str) -> str:
    """Replace names in a style or a script by selectors. Raises `KeyError` for unknown names."""
    return _NAME.sub(lambda name: SELECTORS[name[1]], text)


def read(*files: Path) -> str:
    """Read styles or scripts from files, one after another, with selectors filled in."""
    return filled("\n".join(file.read_text(encoding="utf-8") for file in files))
