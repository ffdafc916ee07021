"""Faults, before the first word and in the middle."""

import asyncio
import gzip

from .exchange import END, chunk, event, for_ever, script


# --- faults before the first word ---

@script
async def reset_before_head(x):
    x.reset()


@script
async def close_before_head(x):
    pass


@script
async def hang_before_first_byte(x):
    await for_ever()


@script
async def hang_after_head(x):
    await x.head()
    await for_ever()


@script
async def only_pings(x):
    """Comments keep the connection alive, but nothing is said."""
    await x.head()
    while True:
        await x.send(b": ping\n\n")
        await asyncio.sleep(0.05)


@script
async def error_500(x):
    await x.status("500 Internal Server Error", {"error": {"message": "the model fell over", "type": "server_error"}})


@script
async def error_502(x):
    await x.head("502 Bad Gateway", "text/html", chunked=False, Content_Length=15)
    await x.send(b"<h1>nothing</h1>"[:15])


@script
async def error_503(x):
    await x.status("503 Service Unavailable", {"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}})


@script
async def busy_429(x):
    await x.status("429 Too Many Requests", {"error": {"message": "slow down"}}, Retry_After=1)


@script
async def busy_429_for_long(x):
    await x.status("429 Too Many Requests", {"error": {"message": "come back tomorrow"}}, Retry_After=86400)


@script
async def unauthorized(x):
    await x.status("401 Unauthorized", {"error": {"message": "Invalid API Key"}})


@script
async def bad_request(x):
    await x.status("400 Bad Request", {"error": {"message": "the request exceeds the available context size", "type": "exceed_context_size_error"}})


@script
async def unknown_model(x):
    await x.status("404 Not Found", {"error": {"message": "model \"x\" not found"}})


@script
async def redirect(x):
    await x.status("307 Temporary Redirect", {}, Location="http://127.0.0.1:9/elsewhere")


@script
async def json_error_in_stream(x):
    await x.head()
    await x.send(event({"error": {"message": "out of memory", "type": "server_error"}}))
    await x.end()


@script
async def gzip_unasked(x):
    await x.head(Content_Encoding="gzip")
    await x.send(gzip.compress(event(chunk("squeezed")) + END))
    await x.end()


@script
async def not_json(x):
    await x.head()
    await x.send(b"data: <html>oops</html>\n\n")
    await x.end()


@script
async def empty_answer(x):
    await x.head()
    await x.send(END)
    await x.end()


@script
async def long_line(x):
    """10 MB in one line."""
    await x.head()
    await x.send(event(chunk("x" * 10_000_000)))
    await x.send(END)
    await x.end()


@script
async def endless_line(x):
    await x.head()
    await x.send(b"data: ")
    while True:
        await x.send(b"y" * 65536)


@script
async def endless_head(x):
    x.writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        x.writer.write(b"X-More: " + b"z" * 8000 + b"\r\n")
        await x.writer.drain()


@script
async def not_http(x):
    await x.send(b"SSH-2.0-OpenSSH_9.2p1\r\n")


# --- faults in the middle ---

@script
async def reset_mid_token(x):
    await x.head()
    await x.say("The first words of an answer ")
    raw = event(chunk("broken"))
    await x.send(raw[: len(raw) // 2])
    await asyncio.sleep(0.05)
    x.reset()


@script
async def half_close(x):
    """The server ends its side in the middle of the body."""
    await x.head()
    await x.say("The first words of an answer ")
    x.writer.write_eof()
    await for_ever()


@script
async def end_without_finish(x):
    await x.head()
    await x.say("The first words of an answer ")
    await x.end()


@script
async def hang_mid_stream(x):
    await x.head()
    await x.say("The first words of an answer ")
    await for_ever()


@script
async def error_mid_stream(x):
    await x.head()
    await x.say("The first words of an answer ")
    await x.send(event({"error": {"message": "the graphics card is gone"}}))
    await x.end()


@script
async def repeat_for_ever(x):
    await x.head()
    while True:
        await x.say("The toll was two kreuzer for each person who went over it. ", size=20)
        await asyncio.sleep(0.002)


@script
async def endless_answer(x):
    await x.head()
    n = 0
    while True:
        n += 1
        await x.send(event(chunk(f"w{n * 7919 % 100003}x " * 400)))


@script
async def deaf(x):
    """Goes on working when the client has gone: only a drain limit frees its slot."""
    await x.head()
    await x.say("deaf ")
    await for_ever()
