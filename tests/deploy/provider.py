"""A school that knows its people: an OpenID provider for tests, which asks for no password."""

import base64
import hashlib
import html
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.browser.harness import free_port

CLIENT, SECRET = "saddlepoint", "known-to-both"


class Provider:
    """Whoever comes is `person`; what was promised to a code is kept once."""

    def __init__(self, url: str):
        self.url, self.key = url, RSAKey.generate_key(2048, {"kid": "one"})
        self.person: dict = {}
        self.asked: dict[str, dict] = {}
        self.left = 0

    async def metadata(self, request: Request) -> JSONResponse:
        """What the provider says of itself."""
        places = {"authorization": "authorize", "token": "token", "end_session": "leave"}
        told = {f"{name}_endpoint": f"{self.url}/{place}" for name, place in places.items()}
        told |= {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        told["id_token_signing_alg_values_supported"] = ["RS256"]
        return JSONResponse(told | {"code_challenge_methods_supported": ["S256"]})

    async def keys(self, request: Request) -> JSONResponse:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def authorize(self, request: Request) -> Response:
        """A page that leads back with a code, or with an error where nobody is known."""
        asked, code = dict(request.query_params), secrets.token_hex(8)
        assert asked["client_id"] == CLIENT and asked["response_type"] == "code"
        self.asked[code] = asked
        found = {"code": code} if self.person else {"error": "access_denied"}
        found |= {} if self.person else {"error_description": "ada@school.example.org is gone"}
        back = urlencode(found | {"state": asked["state"]})
        place = html.escape(f"{asked['redirect_uri']}?{back}")
        return HTMLResponse(f'<!doctype html><title>School</title><a href="{place}">Go on</a>')

    async def token(self, request: Request) -> Response:
        """Who it was, signed, for the code."""
        form = await request.form()
        known = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        asked = self.asked.pop(form["code"])
        proof = hashlib.sha256(form["code_verifier"].encode()).digest()
        proven = base64.urlsafe_b64encode(proof).decode().rstrip("=") == asked["code_challenge"]
        if known != f"{CLIENT}:{SECRET}" or not proven:
            return JSONResponse({"error": "invalid_client"}, 401)
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300}
        claims |= {"nonce": asked["nonce"], "sub": "7"} | self.person
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        told = {"access_token": "a", "token_type": "Bearer", "id_token": signed}
        return JSONResponse(told)

    async def leave(self, request: Request) -> Response:
        """The end of a session; back to the address that the app names."""
        self.left += 1
        return RedirectResponse(request.query_params["post_logout_redirect_uri"], 302)


@contextmanager
def provider() -> Iterator[Provider]:
    """One that answers on a port of its own."""
    port = free_port()
    school = Provider(f"http://127.0.0.1:{port}")
    routes = [
        Route("/.well-known/openid-configuration", school.metadata),
        Route("/keys", school.keys),
        Route("/authorize", school.authorize),
        Route("/token", school.token, methods=["POST"]),
        Route("/leave", school.leave),
    ]
    settings = uvicorn.Config(Starlette(routes=routes), port=port, log_level="warning")
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    yield school
    server.should_exit = True
    thread.join()
