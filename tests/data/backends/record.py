"""Stands between a client and a model server and writes down what they say to each other. Standard library only.

    python3 record.py --server "Ollama 0.17.4" --upstream http://127.0.0.1:11434 --out ollama.json --name agent
    python3 record.py --server "Ollama 0.17.4" --upstream http://127.0.0.1:11434 --out ollama.json --ask ollama --model MODEL

The first prints the address to talk to and records what comes until it is interrupted, as "agent 1", "agent 2" …. The second puts the questions of
questions.json to the server, each under its name. What the file has already of other names stays. An exchange:

    {"request": {"method", "path", "body"}, "status", "content_type", "body"}

where a body of JSON stands as JSON and any other, a stream also, as a list of its pieces as they came. Keys are not written down, long texts shortened.
"""

import argparse
import http.client
import http.server
import json
import pathlib
import threading
import urllib.parse

HERE = pathlib.Path(__file__).parent


def as_json(raw):
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode("utf-8", "replace")


def shortened(value):
    if isinstance(value, dict):
        return {k: shortened(v) for k, v in value.items()}
    if isinstance(value, list):
        return [shortened(v) for v in value]
    return value if not isinstance(value, str) or len(value) < 3000 else f"{value[:40]} … ({len(value)} characters)"


class Recorder:
    def __init__(self, server, upstream, out, name):
        self.upstream, self.out, self.name, self.count, self.lock = urllib.parse.urlsplit(upstream), out, name, 0, threading.Lock()
        known = json.loads(out.read_text(encoding="utf-8"))["exchanges"] if out.exists() else {}
        self.exchanges, self.server = {k: v for k, v in known.items() if not k.startswith(f"{name} ")}, server

    def keep(self, exchange, name=None):
        with self.lock:
            self.count += 1
            self.exchanges[name or f"{self.name} {self.count}"] = exchange
            self.out.write_text(json.dumps({"server": self.server, "exchanges": self.exchanges}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    def pass_on(self, method, path, headers, body, reply, name=None):
        """reply(status, content type) gives the function that passes a piece on."""
        connection = http.client.HTTPConnection(self.upstream.hostname, self.upstream.port, timeout=600)
        pieces, whole = [], False
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            content_type = answer.getheader("Content-Type", "")
            send = reply(answer.status, content_type)
            while piece := answer.read1(1 << 16):
                pieces.append(piece)
                send(piece)
            whole = True
        finally:
            connection.close()
            if pieces or whole:
                said = b"".join(pieces)
                is_stream = "json" not in content_type or "ndjson" in content_type
                self.keep({"request": {"method": method, "path": path, **({"body": shortened(as_json(body))} if body else {})}, "status": answer.status, "content_type": content_type,
                           "body": [p.decode("utf-8", "replace") for p in pieces] if is_stream else shortened(as_json(said)), **({} if whole else {"left": "by the client"})}, name)


def handler(recorder):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def any(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "content-length", "connection", "accept-encoding")}

            def reply(status, content_type):
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Connection", "close")
                self.end_headers()
                self.close_connection = True
                return self.send_piece

            try:
                recorder.pass_on(self.command, self.path, headers, body, reply)
            except (ConnectionError, http.client.HTTPException):
                self.close_connection = True

        def send_piece(self, piece):
            self.wfile.write(piece)
            self.wfile.flush()

        def log_message(self, *_):
            pass

        do_GET = do_POST = any

    return Handler


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True, help="its name and version")
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--name", default="exchange")
    parser.add_argument("--ask", default="", help="a name in questions.json")
    parser.add_argument("--model", default="")
    parser.add_argument("--key", default="")
    options = parser.parse_args()
    recorder = Recorder(options.server, options.upstream, options.out, options.name)
    if options.ask:
        for name, [method, path, *body] in json.loads((HERE / "questions.json").read_text(encoding="utf-8"))[options.ask].items():
            headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {options.key}"} if options.key else {})}
            raw = body[0].removeprefix("RAW ") if body and isinstance(body[0], str) else json.dumps(body[0]) if body else ""
            raw = raw.replace("MODEL", options.model).replace("LONG", "The otter swims in the river. " * 3000)
            recorder.pass_on(method, path, headers, raw.encode(), lambda *_: lambda _: None, name)
            print(recorder.exchanges[name]["status"], name, flush=True)
        return
    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), handler(recorder))
    print(f"listening on http://127.0.0.1:{proxy.server_address[1]}", flush=True)
    proxy.serve_forever()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
