"""Start of Streamlit's command line, as by `python -m streamlit`, with an orderly end at Ctrl-C."""

from __future__ import annotations

import runpy
import signal
import sys

if __name__ == "__main__":
    # Once the server has ended, uvicorn raises Ctrl-C again, which click would call "Aborted!".
    signal.signal(signal.SIGINT, lambda *_: sys.exit())
    runpy.run_module("streamlit", run_name="__main__")
