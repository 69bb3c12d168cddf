"""A client of yaml-language-server over standard input and output, as an editor is one."""

from __future__ import annotations

import itertools
import json
import queue
import subprocess
import threading
from pathlib import Path
from typing import Any

WAIT = 30
"""Seconds for an answer: the server is quick, a busy machine is not."""
SETTINGS = {
    "yaml": {
        "validate": True,
        "hover": True,
        "completion": True,
        "schemaStore": {"enable": False},
        "kubernetesCRDStore": {"enable": False},
    },
    "http": {"proxy": "http://127.0.0.1:9", "proxyStrictSSL": True},
}
"""No catalogue of schemas, and a proxy that nobody answers at: nothing is fetched."""


class Server:
    """One running server; `open` a text, then ask."""

    def __init__(self, command: list[str], root: Path) -> None:
        self.root = root
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.ids = itertools.count(1)
        self.files = itertools.count(1)
        self.answers: dict[int, queue.Queue[Any]] = {}
        self.found: dict[str, queue.Queue[Any]] = {}
        threading.Thread(target=self._listen, daemon=True).start()
        self._initialise()

    def _initialise(self) -> None:
        hover = {"contentFormat": ["markdown", "plaintext"]}
        item = {"snippetSupport": True, "documentationFormat": ["markdown", "plaintext"]}
        self.ask(
            "initialize",
            processId=None,
            rootUri=self.root.as_uri(),
            workspaceFolders=[{"uri": self.root.as_uri(), "name": "root"}],
            capabilities={
                "workspace": {"configuration": True, "workspaceFolders": True},
                "textDocument": {
                    "hover": hover,
                    "completion": {"completionItem": item},
                    "publishDiagnostics": {"relatedInformation": True},
                },
            },
        )
        self.tell("initialized")
        self.tell("workspace/didChangeConfiguration", settings=SETTINGS)

    # ------------------------------------------------------------------ an editor's questions

    def open(self, text: str) -> tuple[str, list[Any]]:
        """Open a text as a new file beside the packs: its name, its diagnostics."""
        name = f"policies/opened-{next(self.files)}.yaml"
        self.found[self.uri(name)] = queue.Queue()
        document = {"uri": self.uri(name), "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", textDocument=document)
        return name, self.found[self.uri(name)].get(timeout=WAIT)

    def complete(self, name: str, line: int, column: int) -> dict[str, Any]:
        """What is offered at a place (from zero), by label."""
        answer = self._at("textDocument/completion", name, line, column)
        items = answer["items"] if isinstance(answer, dict) else answer or []
        return {one["label"]: one for one in items}

    def hover(self, name: str, line: int, column: int) -> str:
        """What is shown of a place (from zero)."""
        answer = self._at("textDocument/hover", name, line, column)
        return str(answer["contents"]["value"]) if answer else ""

    def _at(self, method: str, name: str, line: int, column: int) -> Any:
        position = {"line": line, "character": column}
        return self.ask(method, textDocument={"uri": self.uri(name)}, position=position)

    def uri(self, name: str) -> str:
        return (self.root / name).as_uri()

    def stop(self) -> None:
        """End the server: by its own protocol, else by force."""
        try:
            self.ask("shutdown")
            self.tell("exit")
            self.process.wait(5)
        except (queue.Empty, OSError, subprocess.TimeoutExpired):
            self.process.kill()
        finally:
            self.process.wait(5)

    # ------------------------------------------------------------------ the protocol

    def ask(self, method: str, **params: Any) -> Any:
        number = next(self.ids)
        self.answers[number] = queue.Queue()
        self._send({"id": number, "method": method, "params": params})
        return self.answers[number].get(timeout=WAIT)

    def tell(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def _listen(self) -> None:
        stream = self.process.stdout
        assert stream
        while header := stream.readline():
            length = int(header.split(b":")[1])
            while stream.readline().strip():
                pass
            self._take(json.loads(stream.read(length)))

    def _take(self, message: dict[str, Any]) -> None:
        if "method" not in message:
            self.answers[message["id"]].put(message.get("result"))
        elif message["method"] == "textDocument/publishDiagnostics":
            params = message["params"]
            if params["uri"] in self.found:
                self.found[params["uri"]].put(params["diagnostics"])
        elif "id" in message:
            self._send({"id": message["id"], "result": self._reply(message)})

    def _reply(self, message: dict[str, Any]) -> Any:
        if message["method"] != "workspace/configuration":
            return None
        return [SETTINGS.get(item.get("section", ""), {}) for item in message["params"]["items"]]
