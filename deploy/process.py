"""One app process: python -m deploy.process 127.0.0.1:8501, or the path of a socket.

The door is open only once the app has started, unlike under `streamlit run`; so with
SADDLEPOINT_WARM=first whoever waits in front of it sends visitors to another process meanwhile.
"""

import os
import sys
import tomllib
from typing import Any

import uvicorn
from streamlit import config
from streamlit.web import bootstrap

MESSAGE = 2_000_000  # bytes of a message of the browser
ENDING = 5  # seconds for what is under way at the end


def settings() -> dict[str, Any]:
    """What the environment sets of streamlit's options, which only its own command line reads.

    Secrets it reads itself.
    """
    named = {
        name: os.environ[option.env_var]
        for name, option in config._config_options_template.items()
        if option.env_var in os.environ and not option.sensitive
    }
    return {name: parsed(text) for name, text in named.items()}


def parsed(text: str) -> Any:
    """A number, a truth value or a list as in config.toml, else the text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def main(door: str) -> None:
    bootstrap.load_config_options(settings())
    host, _, port = door.rpartition(":")
    where = {"host": host, "port": int(port)} if host else {"uds": door}
    uvicorn.run(
        "app:app",
        **where,
        access_log=False,
        ws="websockets-sansio",
        ws_max_size=MESSAGE,
        ws_ping_interval=30,
        ws_ping_timeout=30,
        ws_per_message_deflate=False,
        timeout_keep_alive=75,  # longer than nginx holds its connections
        timeout_graceful_shutdown=ENDING,
        forwarded_allow_ips="*",  # only nginx comes here
    )


if __name__ == "__main__":
    main(sys.argv[1])
