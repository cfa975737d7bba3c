"""A student without a browser, who speaks streamlit's websocket and moves what is on the stage.

What is sent is what Chromium sends: the page's address and its widgets, pictures of a drag to the
short way with one under way, and the component's trigger for what is kept. What is received is read
as far as the browser has to read it to send the next message.
"""

import asyncio
import json
import random
import time
import uuid
from typing import Any

import aiohttp
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from yarl import URL

from tests.wire import blocks, head

PATIENCE = 60  # seconds until an answer counts as lost
SPOKEN = 0.2  # seconds between two pictures that come with words, as in line.js
TRIGGER = "$$STREAMLIT_INTERNAL_KEY_{}__events"


class Student:
    """One page of one student.

    Attributes:
        topic, slug: the page and the experiment on its stage; `others` are those beside it.
        query: the address as the page wrote it last.
        head: the newest message of the stage, `card` what it says of the experiment.
        faults: what went wrong, in words.
        refused: sentences of the core in a picture's place; a hand can ask for the impossible.
        chance: what decides where this student goes; seeded.
        long: whether the short way left a picture to the page, as it takes a long computation.
    """

    def __init__(self, url: str, place: str, seed: int = 0):
        self._url = url.rstrip("/")
        self.topic, _, self.slug = place.partition("/")
        self.chance = random.Random(seed)
        self._who = str(uuid.UUID(int=self.chance.getrandbits(128)))
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(keepalive_timeout=3),  # uvicorn hangs up after five
            cookie_jar=aiohttp.CookieJar(unsafe=True),  # a stickiness cookie of an IP address too
            headers={"Origin": str(URL(url).origin())},
            timeout=aiohttp.ClientTimeout(PATIENCE),
        )
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._listener: asyncio.Task | None = None
        self._finished = asyncio.Event()
        self._script = self._stage = self._fragment = ""
        self._switches: dict[str, bool] = {}
        self._messages: dict[str, ForwardMsg] = {}
        self._held: dict[str, None] = {}
        self._cards: dict[str, dict] = {}
        self._seq = 0
        self._spoke = -1.0
        self.query = f"exp={self.slug}" if self.slug else ""
        self.others: list[str] = []
        self.long = False
        self.head: dict[str, Any] = {}
        self.card: dict[str, Any] = {}
        self.faults: list[str] = []
        self.refused: list[str] = []

    # --- the page ------------------------------------------------------------------------------

    async def open(self) -> None:
        """Ask for the page, connect, and wait until its script has run."""
        async with self._http.get(f"{self._url}/{self.topic}?{self.query}") as reply:
            self._expect(reply.status == 200, f"the page answered {reply.status}")
        self._socket = await self._http.ws_connect(
            f"{self._url}/_stcore/stream", protocols=("streamlit",), compress=15, max_msg_size=0
        )
        self._listener = asyncio.create_task(self._listen())
        message = BackMsg()
        message.rerun_script.page_name = self.topic
        await self._run(message)
        self._expect(bool(self.head), "the page came without a stage")
        self._seq = self.head.get("ack", 0)

    async def close(self) -> None:
        """Leave, as a closed tab does."""
        self._finished.set()  # what was waited for is not missed
        if self._socket:
            await self._socket.close()
        if self._listener:
            await self._listener
        await self._http.close()

    async def vanish(self) -> None:
        """Leave as a machine does that is shut: without a word."""
        await self._http.close()
        if self._listener:
            await self._listener

    async def _run(self, message: BackMsg) -> None:
        run = message.rerun_script
        run.query_string = self.query
        run.page_script_hash = self._script
        run.cached_message_hashes.extend(self._messages)
        run.context_info.timezone, run.context_info.locale = "UTC", "en-US"
        run.context_info.url = f"{self._url}/{self.topic}"
        for name, on in self._switches.items():
            run.widget_states.widgets.add(id=name, bool_value=on)
        self._finished.clear()
        await self._socket.send_bytes(message.SerializeToString())
        await asyncio.wait_for(self._finished.wait(), PATIENCE)

    async def _listen(self) -> None:
        async for frame in self._socket:
            message = ForwardMsg()
            message.ParseFromString(frame.data)
            self._hear(message)
        if not self._finished.is_set():
            self.faults.append("the connection broke")
            self._finished.set()

    def _hear(self, message: ForwardMsg) -> None:
        match message.WhichOneof("type"):
            case "ref_hash":
                self._hear(self._messages[message.ref_hash])
            case "navigation":  # another name of the page would make streamlit forget its widgets
                self._script = message.navigation.page_script_hash
            case "page_info_changed":
                self.query = message.page_info_changed.query_string
            case "page_not_found":
                self.faults.append("page not found")
            case "delta" if message.delta.WhichOneof("type") == "new_element":
                self._see(message)
            case "script_finished":
                if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    self._finished.set()

    def _see(self, message: ForwardMsg) -> None:
        if message.metadata.cacheable:
            self._messages[message.hash] = message
        element = message.delta.new_element
        match element.WhichOneof("type"):
            case "exception":
                self.faults.append(f"{element.exception.type}: {element.exception.message}")
            case "alert":
                self.faults.append(element.alert.body)
            case "checkbox":
                self._switches[element.checkbox.id] = element.checkbox.default
            case "bidi_component" if element.bidi_component.component_name.endswith("_tabs"):
                tabs = json.loads(element.bidi_component.json)["experiments"]
                self.others = [tab["slug"] for tab in tabs]
            case "bidi_component" if element.bidi_component.component_name.endswith("_stage"):
                self._stage, self._fragment = element.bidi_component.id, message.delta.fragment_id
                self._take(element.bidi_component.bytes)

    def _expect(self, true: bool, otherwise: str) -> None:
        if not true:
            self.faults.append(otherwise)

    # --- the stage -----------------------------------------------------------------------------

    def _take(self, data: bytes) -> None:
        """What wire.js makes of a message: the arrays held, and the card."""
        self.head = told = head(data)
        self.slug = told["slug"]
        for name, kind, raw in blocks(data):
            self._held[name] = None
            if kind == "json":
                self._cards[name] = json.loads(raw)
        self._expect(all(name in self._held for name in told["uses"]), "an array is missing")
        self.card = self._cards[told["card"]["$"]]
        if told["panels"]:
            self._held = dict.fromkeys(told["uses"])
        if told["error"]:
            sorry = not told["error"].startswith("expected")
            (self.faults if sorry else self.refused).append(f"{self.slug}: {told['error']}")

    def _stamp(self, **fields: Any) -> dict[str, Any]:
        self._seq += 1
        now = time.monotonic()
        words = now - self._spoke >= SPOKEN
        if words:
            self._spoke = now
        have = list(self._held)
        return {"slug": self.slug, "have": have, "seq": self._seq, "words": words, **fields}

    async def look(self, values: dict[str, Any]) -> None:
        """One picture of a drag, by the short way."""
        asked = self._stamp(p=values, commit=False, replay=False)
        asked |= {"who": self._who, "rev": self.head["rev"], "misprints": False, "pins": []}
        address = f"{self._url}/{self.card['live']}"
        async with self._http.post(address, data=json.dumps(asked)) as reply:
            data = await reply.read()
        if reply.status == 409:
            self.long = True
            await self._post(p=values, commit=False, replay=False)
        elif reply.status == 200:
            self._take(data)
        else:
            self.faults.append(f"{self.card['live']} answered {reply.status}")
            return
        self._check(values)

    async def keep(self, values: dict[str, Any], replay: bool = False) -> None:
        """What is released or chosen, by the component's trigger and the page."""
        await self._post(p=values, commit=True, replay=replay)
        self._check(values)

    async def follow(self) -> None:
        """Watch a long run to its end."""
        while self.head["progress"] is not None:
            await self._post(action="run")

    async def _post(self, **fields: Any) -> None:
        event = {"event": "set", "value": self._stamp(**fields)}
        message = BackMsg()
        message.rerun_script.fragment_id = self._fragment
        message.rerun_script.widget_states.widgets.add(
            id=TRIGGER.format(self._stage), json_trigger_value=json.dumps([event])
        )
        await self._run(message)

    def _check(self, values: dict[str, Any]) -> None:
        self._expect(self.head["ack"] == self._seq, "the answer belongs to another message")
        self._expect(self.head["values"] == values, "the values did not arrive")

    # --- the hand ------------------------------------------------------------------------------

    def sliders(self) -> list[dict[str, Any]]:
        """The numbers on sliders, those that draw while they are dragged where there are any."""
        merged = (p | self.head["controls"].get(p["name"], {}) for p in self.card["params"])
        seen = [p for p in merged if p["kind"] == "number" and p["shown"] and not p["misprint"]]
        return [p for p in seen if p["live"]] or seen

    def drag(self, pictures: int) -> list[dict[str, Any]]:
        """The settings that a hand passes through with one slider; a preset's where none moves."""
        offered = self.sliders()
        if not offered:
            return [self.preset()] * pictures
        slider = self.chance.choice(offered)
        begin, end = self.chance.random(), self.chance.random()
        way = [begin + (end - begin) * (k + 1) / pictures for k in range(pictures)]
        return [self.head["values"] | {slider["name"]: stop(slider, t)} for t in way]

    def preset(self) -> dict[str, Any]:
        """The settings of one of the presets."""
        return self.chance.choice([p for p in self.card["presets"] if not p["misprint"]])["values"]


def stop(slider: dict[str, Any], t: float) -> float | int:
    """The value at t in [0, 1] of a slider, which has a thousand stops at most (controls.js)."""
    low, high = slider["low"], slider["high"]
    t = round(1000 * t) / 1000
    if slider["log"]:
        value = low * (high / low) ** t
        return round(value) if slider["integer"] else float(f"{value:.3g}")
    step = slider["step"] or (1 if slider["integer"] else (high - low) / 200)
    value = min(high, float(f"{low + round(t * (high - low) / step) * step:.10g}"))
    return round(value) if slider["integer"] else value
