"""Keep the process in which durable_rules runs: start it, ask it, and outlive whatever becomes of it.

`engines.rete` has one Host for each program. A process that crashes, hangs, or says that something went wrong is ended,
the question is an EngineError, and the next question goes to a fresh process.
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any, Final, cast

import durable_rules_engine

from innovation_rules.engines import EngineError
from innovation_rules.errors import Diagnostic, Words

PATIENCE: Final = 10.0
"""Seconds to wait for an answer."""
JOBS: Final = 20_000
"""How many questions a process answers before a fresh one takes its place."""
MOST: Final = 8
"""How many processes are kept at once; the one idle longest gives way."""
_SAFE: Final = 4096
"""Bytes that a pipe takes without waiting for its reader, on every system."""
_WORKER: Final = Path(__file__).with_name("rete_worker.py")
_FOLDER: Final = Path(str(durable_rules_engine.__file__)).parent

Given = Sequence[int | str | None]


class Process:
    """One process and its two pipes; a thread reads, so that waiting can end."""

    def __init__(self) -> None:
        command = [sys.executable, "-I", "-S", str(_WORKER), str(_FOLDER)]
        self.popen = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.stdin = cast(IO[bytes], self.popen.stdin)
        self.stdout = cast(IO[bytes], self.popen.stdout)
        self.lines: SimpleQueue[bytes] = SimpleQueue()
        self.jobs = 0
        threading.Thread(target=_read, args=(self.stdout, self.lines), daemon=True).start()

    def ask(self, question: object, patience: float) -> Any:
        """The answer to a question. Raises EngineError where none comes, or where the answer is an error."""
        self.jobs += 1
        self._write(json.dumps(question).encode() + b"\n", patience)
        try:
            line = self.lines.get(timeout=patience)
        except Empty:
            raise _error("engine-silent", seconds=round(patience, 1)) from None
        if not line:
            raise _error("engine-stopped", how=self._ending())
        try:
            answer = json.loads(line)
        except ValueError:
            raise _error("engine-confused", said=line[:80].decode("ascii", "replace")) from None
        if isinstance(answer, dict):
            raise _error("engine-confused", said=str(answer.get("error", "")))
        return answer

    def _write(self, line: bytes, patience: float) -> None:
        """Short lines fit the pipe; a long one is written aside, since a process that hangs would not read it."""
        if len(line) <= _SAFE:
            _send(self.stdin, line)
            return
        writer = threading.Thread(target=_send, args=(self.stdin, line), daemon=True)
        writer.start()
        writer.join(patience)
        if writer.is_alive():
            raise _error("engine-silent", seconds=round(patience, 1))

    def _ending(self) -> Words:
        """How the process ended."""
        try:
            code = self.popen.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return Words("输出中断", "its output broke off")
        if code >= 0:
            return Words(f"退出状态 {code}", f"exit status {code}")
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        return Words(f"信号 {name}", f"signal {name}")

    def end(self) -> None:
        """Whatever it is at, it ends now."""
        self.popen.kill()
        self.popen.wait()
        _close(self.stdin)

    def leave(self) -> None:
        """Let go of a process that another one owns: this one was forked from its owner."""
        cast("io.BufferedWriter", self.stdin).raw.close()
        self.popen.returncode = 0


def _send(stream: IO[bytes], line: bytes) -> None:
    try:
        stream.write(line)
        stream.flush()
    except (OSError, ValueError):
        return  # it has ended, which the reader will say


def _read(stream: IO[bytes], lines: SimpleQueue[bytes]) -> None:
    """Every line as it comes; an empty one for the end."""
    with stream:
        for line in stream:
            lines.put(line)
    lines.put(b"")


def _close(stream: IO[bytes]) -> None:
    try:
        stream.close()
    except OSError:
        return  # what was left to write has no reader any more


def _error(code: str, **fields: object) -> EngineError:
    return EngineError([Diagnostic(code, None, {"engine": "rete", **fields})])


class Host:
    """A program's process: started when it is first asked, replaced when it fails or has answered enough."""

    def __init__(self, lesson: object, patience: float = PATIENCE, jobs: int = JOBS) -> None:
        self.lesson, self.patience, self.jobs = lesson, patience, jobs
        self.process: Process | None = None
        self.at_exit: weakref.finalize[..., Host] | None = None
        self.lock = threading.Lock()
        self.used = 0
        _hosts.add(self)

    def judge(self, stage: int, given: Given) -> list[int]:
        """What a stage of the program concludes. Raises EngineError; the next question starts a fresh process."""
        with self.lock:
            self.used = next(_clock)
            try:
                process = self._ready()
                return cast("list[int]", process.ask({"judge": stage, "given": given}, self.patience))
            except BaseException:
                self._end()
                raise

    def _ready(self) -> Process:
        if self.process is not None and self.process.jobs >= self.jobs:
            self._end()
        if self.process is None:
            _make_room(self)
            self.process = Process()
            self.at_exit = weakref.finalize(self, _end_of, self.process, os.getpid())
            self.process.ask({"learn": self.lesson}, self.patience)
        return self.process

    def close(self) -> None:
        """End the process, unless it is at work."""
        if self.lock.acquire(blocking=False):
            try:
                self._end()
            finally:
                self.lock.release()

    def _end(self) -> None:
        if (process := self._let_go()) is not None:
            process.end()

    def _let_go(self) -> Process | None:
        process, self.process = self.process, None
        if self.at_exit is not None:
            self.at_exit.detach()
        return process

    def forked(self) -> None:
        """In a forked child: the process is the parent's."""
        self.lock = threading.Lock()
        if (process := self._let_go()) is not None:
            process.leave()


_clock: Final = count(1)
"""Counts questions, so that the host idle longest can be found."""
_hosts: weakref.WeakSet[Host] = weakref.WeakSet()


def _make_room(wanting: Host) -> None:
    alive = [one for one in list(_hosts) if one.process is not None and one is not wanting]
    for one in sorted(alive, key=lambda host: host.used)[: max(0, len(alive) - MOST + 1)]:
        one.close()


def _end_of(process: Process, owner: int) -> None:
    """At the end of a program, or of this process: only the owner ends it."""
    if owner == os.getpid():
        process.end()


def _forked() -> None:
    for one in list(_hosts):
        one.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
