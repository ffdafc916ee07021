"""One chat request and what can be said to it, and the state that tests set."""

import asyncio
import json
import re
import socket
import struct
import time

SCRIPTS = {}
LOG = []
REQUESTS = []
STATE = {"default": "echo", "next": [], "pace": 0.05, "tokens": 200, "first_token": 0.3, "most_busy": 0, "tool_calling": "none", "probe_pause": 0.0, "tokenizer": "", "summary": "sums_up", "answers": {}}
SLOTS = asyncio.Semaphore(16)
GATHERED = asyncio.Barrier(16)


def script(function):
    SCRIPTS[function.__name__] = function
    return function


def log(event, exchange=None):
    LOG.append({"time": time.time(), "event": event, "request": exchange.number if exchange else 0, "script": exchange.script if exchange else ""})


def chunk(text=None, finish=None, **more):
    delta = {"content": text} if text is not None else {}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "scripted", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


def event(value):
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode()


USAGE = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [], "usage": {"prompt_tokens": 42, "completion_tokens": 7, "total_tokens": 49}}
DONE = b"data: [DONE]\n\n"
END = event(chunk(finish="stop")) + event(USAGE) + DONE


class Exchange:
    """One chat request and the connection to answer it on."""

    def __init__(self, number, name, body, reader, writer):
        self.number, self.script, self.body, self.reader, self.writer = number, name, body, reader, writer
        self.chunked = False

    async def head(self, status="200 OK", content_type="text/event-stream", chunked=True, **fields):
        lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", "Connection: close"]
        lines += [f"{k.replace('_', '-')}: {v}" for k, v in fields.items()]
        self.chunked = chunked
        if chunked:
            lines.append("Transfer-Encoding: chunked")
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        await self.writer.drain()
        log("head", self)

    async def send(self, data):
        if self.chunked:
            data = f"{len(data):x}\r\n".encode() + data + b"\r\n"
        self.writer.write(data)
        await self.writer.drain()

    async def end(self):
        if self.chunked:
            self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()

    async def status(self, status, value, **fields):
        body = json.dumps(value).encode()
        await self.head(status, "application/json", chunked=False, Content_Length=len(body), **fields)
        await self.send(body)

    async def say(self, text, pace=0.0, size=4):
        for i in range(0, len(text), size):
            await self.send(event(chunk(text[i:i + size])))
            if pace:
                await asyncio.sleep(pace)

    def reset(self):
        """RST instead of FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def answer(self):
        """The first sentence of the first passage with [1], and a number that names no passage. A rewriting request gets the two questions."""
        prompt = self.body["messages"][-1]["content"]
        rewrite = re.search(r"Earlier question: (.*)\n.*\nNew message: (.*)\n", prompt)
        if rewrite:
            return f"{rewrite[2]} {rewrite[1]}"
        passage = re.search(r"<(passage-[0-9a-f]+)[^>]*>\n(.*?)\n</?\1", prompt, re.S)
        if not passage:
            return "There is no passage in the prompt [1]."
        sentence = re.split(r"(?<=[.!?])\s", passage[2].strip(), maxsplit=1)[0]
        return f"{sentence.rstrip('.!?')} [1]. That much is certain [99]."


async def for_ever():
    await asyncio.sleep(3600)
