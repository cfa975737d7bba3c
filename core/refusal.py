"""A server that cannot be what its operator asks for ends with a sentence, once and for all."""

import sys
from typing import NoReturn

CODE = 78  # of sysexits.h: something is wrong with the configuration


def refuse(sentence: str) -> NoReturn:
    print(f"saddlepoint: {sentence}", file=sys.stderr, flush=True)
    sys.exit(CODE)
