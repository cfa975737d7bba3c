"""Who may come in, where streamlit's secrets have a section [auth]: those who sign in (OpenID).

Streamlit does the signing in and keeps who it was in a signed cookie. Here stands what it leaves to
the app: that nothing is half configured, that our own addresses ask for the cookie as well, and
that everybody lands on the page they came for.
"""

import base64
import logging
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import auth_util, config
from streamlit.errors import StreamlitAuthError
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.starlette import starlette_auth_routes, starlette_websocket

from core import refusal

SETTING = "SADDLEPOINT_ALLOWED"  # addresses and domains, where not every account may come in
SHORTEST = 32  # characters of the secret that signs cookies
LONGEST = 2600  # characters of a page's address that fit in a cookie
CAME_FROM = "saddlepoint_came_from"  # the cookie with the page that somebody left to sign in
PATIENCE = 600  # seconds for that


@cache
def wanted() -> bool:
    """Whether people have to sign in. Settled once: a file that changes later opens no door."""
    return secrets_singleton.load_if_toml_exists() and "auth" in secrets_singleton


def below() -> str:
    """The path that the whole app is served under, such as /lab; mostly nothing."""
    path = config.get_option("server.baseUrlPath").strip("/")
    return f"/{path}" if path else ""


def providers() -> list[str]:
    """The names of those who know the people; "default" stands in [auth] itself."""
    auth = auth_util.get_secrets_auth_section()
    named = [name for name, value in auth.items() if isinstance(value, Mapping)]
    named = [name for name in named if name != "client_kwargs"]
    return named if named and "client_id" not in auth else ["default", *named]


# --- at the start ----------------------------------------------------------------------------


def settle() -> None:
    """Before the server starts: refuse whatever would leave a door open."""
    if told := fault():
        refusal.refuse(told)
    if wanted():
        # else the first visitor of all would come in past app.py: see `entrance`
        PagesManager.uses_pages_directory = False
        logging.getLogger(starlette_auth_routes.__name__).addFilter(discreet)
        logging.getLogger("httpx2").setLevel(logging.WARNING)


def fault() -> str:
    """What is wrong with the configuration; nothing where all is well, or where there is none."""
    files = [path for path in config.get_option("secrets.files") if os.path.exists(path)]
    try:
        read = secrets_singleton.load_if_toml_exists()
    except (OSError, ValueError) as error:
        return f"cannot read the secrets in {' and '.join(files)}: {error}"
    if files and not read:
        return f"expected secrets in TOML, got something else in {' or '.join(files)}"
    if not wanted():
        told = f"{SETTING} says who may come in, but without [auth] in the secrets nobody is asked"
        return told if listed() else ""
    auth = auth_util.get_secrets_auth_section()
    if not isinstance(auth, Mapping):
        return "expected [auth] in the secrets to be a section"
    try:
        for name in providers():
            auth_util.validate_auth_credentials(name)
        import authlib.integrations.starlette_client  # noqa: F401
    except StreamlitAuthError as error:
        return " ".join(str(error).split())
    except ImportError as error:
        return f"signing in needs {error.name}: pip install -r requirements.txt"
    leads, path = urlsplit(str(auth["redirect_uri"])), f"{below()}/oauth2callback"
    if leads.scheme not in ("http", "https") or not leads.netloc or leads.path != path:
        told = f"expected redirect_uri to be the address of this server and then {path}"
        return f"{told}, got {leads.geturl()} (a path before it is one for --path)"
    if len(str(auth["cookie_secret"])) < SHORTEST:
        return f"expected cookie_secret of at least {SHORTEST} characters: openssl rand -hex 32"
    return ""


def discreet(record: logging.LogRecord) -> bool:
    """Leave out what a provider says of somebody who could not sign in: it may name them."""
    if record.exc_info:
        record.msg += f" ({record.exc_info[0].__name__} {getattr(record.exc_info[1], 'error', '')})"
        record.exc_info = None
    if isinstance(record.args, tuple) and "description" in record.msg:
        record.args = (record.args[0], "left out")
    return True


# --- who it is -------------------------------------------------------------------------------


def listed() -> list[str]:
    """Addresses and domains of those who may come in; none where every account may."""
    words = os.environ.get(SETTING, "").lower().replace(",", " ").split()
    return [word.removeprefix("@") for word in words]


def admitted(user: Mapping[str, Any]) -> bool:
    """Whether this is somebody who has signed in, and may."""
    if user.get("is_logged_in") is not True:
        return False
    address = str(user.get("email") or "").lower()
    vouched = str(user.get("email_verified")).lower() != "false"
    name, _, domain = address.rpartition("@")
    return not listed() or (bool(name) and vouched and not {address, domain}.isdisjoint(listed()))


def user(request: Request) -> Mapping[str, Any]:
    """Who sends a request, by the cookie that streamlit has signed."""
    cookie = starlette_websocket._get_signed_cookie_with_chunks(
        request.cookies, starlette_websocket.USER_COOKIE_NAME
    )
    origin = auth_util.get_origin_from_redirect_uri()
    return starlette_websocket._parse_decoded_user_cookie(cookie, origin) if cookie else {}


def guarded(answers: Callable[[Request], Awaitable[Response]]):
    """The same address, for those who may come in."""

    async def answer(request: Request) -> Response:
        if admitted(user(request)):
            return await answers(request)
        return PlainTextResponse("expected somebody who has signed in: load the page anew", 401)

    return answer if wanted() else answers


# --- the way back ----------------------------------------------------------------------------


class Return:
    """Leads who has signed in back to the page they came from, where streamlit leads all home.

    The address of the page waits in a cookie, as any process may answer.
    """

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        place = scope["path"].removeprefix(below()) if scope["type"] == "http" else ""
        if place == "/auth/login":
            send = kept(send, written(left(Headers(scope=scope))), PATIENCE)
        elif place == "/oauth2callback":
            send = kept(send, "", 0, back(Request(scope).cookies.get(CAME_FROM, "")))
        await self.app(scope, receive, send)


def middleware() -> list[Middleware]:
    """For `st.App`."""
    return [Middleware(Return)] if wanted() else []


def left(headers: Headers) -> str:
    """The page on which somebody asked to sign in, without its settings where they are too long."""
    page = urlsplit(headers.get("referer", ""))
    if page.netloc != headers.get("host") or not page.path.startswith(f"{below()}/"):
        return ""
    whole = page._replace(scheme="", netloc="", fragment="").geturl()
    return whole if len(whole) <= LONGEST else page.path[:LONGEST]


def written(page: str) -> str:
    """The address as a cookie can hold it."""
    return base64.urlsafe_b64encode(page.encode()).decode().rstrip("=")


def back(cookie: str) -> str:
    """The page of a cookie on our own host; "" where it is none."""
    try:
        page = base64.urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4)).decode("ascii")
    except ValueError:
        return ""
    ours = page.startswith(f"{below()}/") and re.fullmatch("[!-~]+", page)
    return f"{auth_util.get_origin_from_redirect_uri()}{page}" if ours else ""


def kept(send: Send, cookie: str, seconds: int, page: str = "") -> Send:
    """The same, with the cookie for so long, and leading to a page instead."""
    told = f"{CAME_FROM}={cookie}; Path={below() or '/'}; Max-Age={seconds}; HttpOnly; SameSite=Lax"

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.append("set-cookie", told)
            if page and "location" in headers:
                headers["location"] = page
        await send(message)

    return sent
