"""An answer that flows: one thread writes it as the engine serves it, another reads it, with deadlines between."""

from __future__ import annotations

import logging
import queue
import threading
import time
import traceback
from typing import TYPE_CHECKING, TypeVar

from publisher.errors import StoreError
from publisher.store.errors import StoreAnswerError, StoreTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHUNK = 64 * 1024
_AHEAD = 8
_STEP = 0.2
_E = TypeVar("_E", bound=Exception)
_log = logging.getLogger(__name__)


class Flow:
    """The bytes of an answer, as an iterator; they come from `produce`, which runs in a thread of its own.

    `produce` writes to the Sink it is given; `abort` must make it fail soon. The first bytes are there when the
    constructor returns: an error until then is raised by it.

    Args:
        media_type: what the bytes are.
        produce: writes the answer.
        abort: breaks off what `produce` waits for.
        first: seconds to wait for the first bytes.
        whole: seconds that the whole answer may take, reader included.

    Raises:
        StoreError: the error of `produce`, or a StoreTimeoutError.
    """

    status = 200

    def __init__(
        self,
        media_type: str,
        produce: Callable[[Sink], None],
        abort: Callable[[], None],
        *,
        first: float,
        whole: float,
    ) -> None:
        self.media_type = media_type
        self._abort, self._until = abort, time.monotonic() + max(first, whole)
        self._sink = Sink()
        self._done = False
        threading.Thread(target=_run, args=(produce, self._sink), name="store-answer", daemon=True).start()
        self._held: bytes | None = self._next(first)

    def __iter__(self) -> Iterator[bytes]:
        """Yield the bytes as they come.

        Raises:
            StoreError: the rest does not come.
        """
        try:
            while self._held is not None and not self._done:
                yield self._held
                self._held = self._next(self._until - time.monotonic())
        finally:
            self.close()

    def read(self) -> bytes:
        """Return all the bytes."""
        return b"".join(self)

    def close(self) -> None:
        """End the query, if it still runs."""
        if not self._done:
            self._done = True
            self._sink.stopped.set()
            self._abort()

    def _next(self, patience: float) -> bytes | None:
        try:
            found = self._sink.ready.get(timeout=patience) if patience > 0 else _late()
        except queue.Empty:
            found = _late()
        if isinstance(found, StoreError):
            self.close()
            raise found
        if found is None:
            self._done = True
        return found


class Sink:
    """Where the answer is written: a binary file, as serialisers want it, that waits for its reader."""

    def __init__(self) -> None:
        self.ready: queue.Queue[bytes | StoreError | None] = queue.Queue(_AHEAD)
        self.stopped = threading.Event()
        self._held: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> int:
        """Take bytes; nothing reaches the reader before there is a chunk of them, or the end.

        Raises:
            BrokenPipeError: the reader has left.
        """
        self._held.append(bytes(data))
        self._size += len(data)
        if self._size >= CHUNK:
            self.flush()
        return len(data)

    def flush(self) -> None:
        """Hand what is held to the reader."""
        if self._size >= CHUNK:
            self._hand(b"".join(self._held))
            self._held, self._size = [], 0

    def finish(self) -> None:
        """Hand over the rest and the end."""
        if self._held:
            self._hand(b"".join(self._held))
        self._hand(None)

    def fail(self, error: StoreError) -> None:
        """Hand over an error in place of the rest."""
        self._hand(error)

    def _hand(self, item: bytes | StoreError | None) -> None:
        while not self.stopped.is_set():
            try:
                self.ready.put(item, timeout=_STEP)
            except queue.Full:
                continue
            return
        raise BrokenPipeError


def _run(produce: Callable[[Sink], None], sink: Sink) -> None:
    try:
        try:
            produce(sink)
            sink.finish()
        except StoreError as error:
            sink.fail(_bare(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the reader must hear of it
            _log.info("store answer: %s: %s", type(error).__name__, error)
            _bare(error)
            sink.fail(_unreadable())
    except BrokenPipeError as error:
        _bare(error)


def _bare(error: _E) -> _E:
    """Return an error without the frames it passed: what they hold of the engine may not leave this thread."""
    link: BaseException | None = error
    while link is not None:
        traceback.clear_frames(link.__traceback__)
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return error


def _late() -> StoreTimeoutError:
    return StoreTimeoutError(
        "le magasin n'a pas répondu dans le temps permis", "the store did not answer in the time allowed"
    )


def _unreadable() -> StoreAnswerError:
    return StoreAnswerError(
        "le magasin a répondu de façon illisible ou incomplète", "the store's answer is unreadable or incomplete"
    )
