"""A model server of the OpenAI interface that does what a test tells it to. Standard library only.

    python3 scripted_llm_server.py --port 8099 [--script NAME]

What a chat request gets is decided by, in this order: the scripts queued with POST /script {"next": ["error_500", ...]}, the request's
model where it names a script, the default (POST /script {"default": "slow_tokens"}, at first --script or "echo"). GET /scripts lists them.

Whether it can call tools, the state says: POST /script {"tool_calling": "none" | "text" | "constrained" | "native"}. The question with which DocMind finds
that out is answered by this alone, after "probe_pause" seconds, or when those are set to 0; it is logged as "probe", counts as no request and takes no script.

A request to sum up a conversation takes the script of the state "summary" ("sums_up").

POST /script {"tokenizer": "llama-server" | "vllm"} makes it count tokens (POST /tokenize) in the form of that server, a word a token; logged as "tokenize".

POST /script {"answers": {"GET /props": {...}}} makes it play another server: every request gets what that one was recorded to say (an exchange of tests/data/backends, or
a list of them, one after the other and the last for ever), or 404; each is logged as "GET /props".

GET /log gives {"events": [{"time", "event", "request", "script"}]}: "request", "head" (the answer's head was sent), "finished", and
"client_closed" at the moment the client's end of the connection went away before the answer was finished. DELETE /log empties it.
GET /requests gives the chat requests as they came: {"requests": [{"path", "headers", "body"}]}.
"""

import argparse
import asyncio
import json
import sys
import time

sys.dont_write_bytecode = True

from scripted_llm.exchange import LOG, REQUESTS, SCRIPTS, STATE, Exchange, log  # noqa: E402
from scripted_llm.probe import is_probe, is_summary  # noqa: E402


class Server:
    def __init__(self, models):
        self.models, self.count = models, 0

    async def serve(self, reader, writer):
        try:
            await self.one_request(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            if not writer.transport.is_closing():
                writer.close()

    async def one_request(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines if line)}
        raw = await reader.readexactly(int(headers.get("content-length", 0)))
        if STATE["answers"] and path not in ("/script", "/log", "/requests"):
            await self.replay(f"{method} {path}", headers, raw, reader, writer)
            return
        if path.endswith("/chat/completions"):
            await self.chat(path, headers, json.loads(raw), reader, writer)
            return
        status, value = self.control(method, path, raw)
        body = json.dumps(value).encode()
        writer.write(f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()

    async def replay(self, asked, headers, raw, reader, writer):
        log(asked)
        body = json.loads(raw) if raw else None
        if asked.endswith("/chat/completions"):
            REQUESTS.append({"path": asked.split()[1], "headers": headers, "body": body})
        said = STATE["answers"].get(asked, {"status": 404, "content_type": "text/plain", "body": ["404 page not found"]})
        if isinstance(said, list):
            said = said.pop(0) if len(said) > 1 else said[0]
        x = Exchange(0, "recorded", body, reader, writer)
        await x.head(f"{said['status']} Recorded", said["content_type"])
        for piece in [json.dumps(said["body"])] if said["content_type"].startswith("application/json") else said["body"]:
            await x.send(piece.encode())
        await x.end()

    def control(self, method, path, raw):
        if path == "/tokenize" and method == "POST":
            log("tokenize")
            body = json.loads(raw)
            if STATE["tokenizer"] == "llama-server" and not body["add_special"]:
                return "200 OK", {"tokens": list(range(len(body["content"].split())))}
            if STATE["tokenizer"] == "vllm" and not body["add_special_tokens"]:
                return "200 OK", {"count": len(body["prompt"].split()), "max_model_len": 4096, "tokens": [], "token_strs": None}
        if path.endswith("/models"):
            return "200 OK", {"object": "list", "data": [{"id": m, "object": "model"} for m in self.models]}
        if path == "/log":
            if method == "DELETE":
                LOG.clear()
            return "200 OK", {"events": LOG}
        if path == "/requests":
            return "200 OK", {"requests": REQUESTS}
        if path == "/scripts":
            return "200 OK", {"scripts": sorted(SCRIPTS)}
        if path == "/script" and method == "POST":
            wanted = json.loads(raw)
            names = [wanted.get("default", "echo"), wanted.get("summary", "sums_up"), *wanted.get("next", [])]
            if unknown := [n for n in names if n not in SCRIPTS]:
                return "400 Bad Request", {"error": f"unknown scripts: {unknown}"}
            STATE.update({k: v for k, v in wanted.items() if k in STATE})
            return "200 OK", STATE
        return "404 Not Found", {"error": {"message": f"no such path: {path}"}}

    async def chat(self, path, headers, body, reader, writer):
        if is_probe(body):
            log("probe")
            begin = time.monotonic()
            while time.monotonic() - begin < STATE["probe_pause"]:
                await asyncio.sleep(0.02)
            await SCRIPTS["probe"](Exchange(0, "probe", body, reader, writer))
            return
        self.count += 1
        REQUESTS.append({"path": path, "headers": headers, "body": body})
        name = STATE["summary"] if is_summary(body) else STATE["next"].pop(0) if STATE["next"] else body.get("model") if body.get("model") in SCRIPTS else STATE["default"]
        exchange = Exchange(self.count, name, body, reader, writer)
        log("request", exchange)
        work = asyncio.ensure_future(SCRIPTS[name](exchange))
        gone = asyncio.ensure_future(self.until_gone(reader))
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        if gone.done() and not work.done():
            log("client_closed", exchange)
            work.cancel()
        gone.cancel()
        try:
            await work
            log("finished", exchange)
        except asyncio.CancelledError:
            pass
        except ConnectionError:
            log("client_closed", exchange)

    @staticmethod
    async def until_gone(reader):
        """Returns when the client has closed; it sends nothing more by itself."""
        try:
            while await reader.read(4096):
                pass
        except ConnectionError:
            pass


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", default="echo", choices=sorted(SCRIPTS))
    parser.add_argument("--models", default="scripted", help="comma-separated; empty: none")
    parser.add_argument("--probe-pause", type=float, default=0)
    options = parser.parse_args()
    STATE["default"], STATE["probe_pause"] = options.script, options.probe_pause
    server = await asyncio.start_server(Server([m for m in options.models.split(",") if m]).serve, options.host, options.port, limit=1 << 22)
    print(f"listening on http://{options.host}:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
