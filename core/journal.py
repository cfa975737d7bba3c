"""The log as one JSON line per event, for whoever collects it."""

import logging
import os

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

SETTING = "SADDLEPOINT_LOG"  # "json", else plain lines
PROCESS = "SADDLEPOINT_PROCESS"  # which of the server's processes speaks


def wanted() -> bool:
    """Whether the log is to be JSON."""
    return os.environ.get(SETTING) == "json"


def structured() -> None:
    """Whatever anybody logs becomes a line on stderr, exceptions included."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        JsonFormatter(
            ("levelname", "name", "message"),
            rename_fields={"levelname": "level", "name": "from", "exc_info": "exception"},
            static_fields={"process": os.environ.get(PROCESS, "")},
            timestamp="time",
            reserved_attrs=[*RESERVED_ATTRS, "color_message"],
            json_ensure_ascii=False,
        )
    )
    logging.captureWarnings(True)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for known in list(logging.root.manager.loggerDict.values()):
        if isinstance(known, logging.Logger) and known.handlers:
            known.handlers.clear()
            known.propagate = True
