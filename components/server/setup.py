"""What `serve.py` gives to Streamlit: the middleware, made from the server's settings."""

from __future__ import annotations

from starlette.middleware import Middleware
from streamlit import config

from components.core.limits import HELD_BYTES, HELD_BYTES_EACH, UPLOAD_BYTES
from components.core.logs import configure_logging
from components.server.headers import SecurityHeaders, frame_ancestors
from components.server.hosts import HostGuard, cors_origins, named_hosts, own_hosts
from components.server.messages import MessageGuard
from components.server.proxies import NamedProxies, named_proxies
from components.server.streamlit_logs import take_over_logs
from components.server.uploads import UploadGuard
from components.server.visitor_cookie import VisitorCookie
from components.server.widget_values import check_widget_values
from components.ui.kit import visitor


def middleware() -> list[Middleware]:
    """The middleware of this server, the outermost first.

    Raises `ServerError` or `RunError` if a setting is wrong.
    """
    configure_logging()
    take_over_logs()
    check_widget_values()
    visitor.server_sets_cookie = True
    config.set_option("server.corsAllowedOrigins", cors_origins())
    # In units of 1,048,576 bytes: a file that is a little too large gets the sentence of its page.
    config.set_option("server.maxUploadSize", UPLOAD_BYTES.value() // 1_000_000 + 1)
    return [
        Middleware(HostGuard, named_hosts(), own_hosts(config.get_option("server.address") or "")),
        Middleware(SecurityHeaders, frame_ancestors()),
        Middleware(VisitorCookie),
        Middleware(MessageGuard),
        Middleware(UploadGuard, HELD_BYTES_EACH.value(), HELD_BYTES.value()),
        Middleware(NamedProxies, named_proxies()),
    ]
