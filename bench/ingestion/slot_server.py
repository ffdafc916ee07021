"""An embedding server of the OpenAI interface that works on --slots requests at once and takes --ms for each. Standard library only.

Prints its port. GET /stats: {"requests", "texts", "seconds" (first request in until last answer out), "busiest" (requests at once)} since
the last DELETE /stats. Every text has the same vector of 384 floats: what an answer says is not what is measured.
"""

import argparse
import asyncio
import base64
import json
import struct
import sys
import time

DIMENSION = 384
BASE64 = json.dumps(base64.b64encode(struct.pack(f"<{DIMENSION}f", *[1.0] * DIMENSION)).decode())
NUMBERS = json.dumps([1.0] * DIMENSION)


class Stats:
    def __init__(self):
        self.requests = self.texts = self.running = self.busiest = 0
        self.first = self.last = None

    def as_json(self):
        seconds = self.last - self.first if self.last else 0
        return {"requests": self.requests, "texts": self.texts, "seconds": seconds, "busiest": self.busiest}


class SlotServer:
    def __init__(self, slots, seconds):
        self.slots, self.seconds, self.stats, self.answers = asyncio.Semaphore(slots), seconds, Stats(), {}

    def answer(self, count, vector):
        if (count, vector) not in self.answers:
            data = ",".join(f'{{"index":{i},"embedding":{vector}}}' for i in range(count))
            self.answers[count, vector] = f'{{"model":"scripted","data":[{data}]}}'.encode()
        return self.answers[count, vector]

    async def embed(self, body):
        stats = self.stats
        stats.first = stats.first or time.monotonic()
        request = json.loads(body)
        texts = request["input"]
        count = 1 if isinstance(texts, str) else len(texts)
        async with self.slots:
            stats.requests += 1
            stats.texts += count
            stats.running += 1
            stats.busiest = max(stats.busiest, stats.running)
            await asyncio.sleep(self.seconds)
            stats.running -= 1
        return self.answer(count, BASE64 if request.get("encoding_format") == "base64" else NUMBERS)

    async def serve(self, reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                method, path, _ = head[0].split(" ")
                fields = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
                body = await reader.readexactly(int(fields.get("content-length", 0)))
                stats, status = self.stats, "200 OK"
                if method == "POST" and path == "/v1/embeddings":
                    answer = await self.embed(body)
                elif path == "/stats":
                    if method == "DELETE":
                        self.stats = Stats()
                    answer = json.dumps(stats.as_json()).encode()
                else:
                    answer, status = b"{}", "404 Not Found"
                writer.write(f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n".encode() + answer)
                await writer.drain()
                if path == "/v1/embeddings":
                    stats.last = time.monotonic()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slots", type=int, default=8)
    parser.add_argument("--ms", type=float, default=50)
    args = parser.parse_args()
    it = SlotServer(args.slots, args.ms / 1000)
    server = await asyncio.start_server(it.serve, "127.0.0.1", 0, limit=1 << 20)
    print(server.sockets[0].getsockname()[1], flush=True)
    # Whoever started this ends it by closing its standard input, also by dying.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
