"""The edge: what Granian calls (RSGI), in front of the Flask application.

It owns what must not hold a thread: request bodies, queries from their text to their last row, and answers repeated
from the cache. Everything else is the application's, through endpoints.edge_bridge.
"""

from __future__ import annotations

import asyncio
import gc
import os
import time
from contextlib import AsyncExitStack
from functools import partial
from math import ceil
from typing import TYPE_CHECKING

from endpoints.edge_accounts import Accounts
from endpoints.edge_bodies import read_body
from endpoints.edge_bridge import Bridge
from endpoints.edge_budgets import Budgets
from endpoints.edge_cache import AnswerCache
from endpoints.edge_clients import Clients
from endpoints.edge_codings import choose_coding
from endpoints.edge_flights import ClientGoneError
from endpoints.edge_gates import Gates
from endpoints.edge_ledger import Ledger
from endpoints.edge_queries import Asked, Queries, is_listed, send_whole
from endpoints.edge_repeats import Repeats
from endpoints.edge_uploads import Uploads
from endpoints.evaluation.errors import EvaluationBusyError
from endpoints.problems import TooLargeError, TooManyRequestsError
from endpoints.runtime import leaving_file, ready_file
from endpoints.service_description import PATH
from endpoints.sparql import show_answer
from endpoints.sparql_protocol import Sent, read_operation
from endpoints.table_checks import MOST_BYTES, prepare_checks, too_large
from endpoints.table_checks import PATH as TABLE_PATH
from endpoints.tallies import Tally
from publisher.representations import HTML

if TYPE_CHECKING:
    from flask import Flask, Response
    from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]

    from endpoints.edge_accounts import Account
    from endpoints.edge_cache import Spelling
    from endpoints.journal import Journal
    from endpoints.serving import OpenRelease, Serving

_ASKING = frozenset({"GET", "HEAD", "POST"})
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})
_OF_CONTENT = frozenset({"content-type", "content-encoding"})
"""Headers that an answer without content, 304, leaves out."""

_UPLOAD_TIME = 60.0
"""Seconds to send a table: a megabit a second suffices."""

_PATHS = frozenset({PATH, PATH + "/"})
_HEALTH = "/health"
"""Always answered: who watches over the service must not be told to come back."""

_PAGES_AT_ONCE, _PAGES_WAITING, _PAGE_PATIENCE = 8, 512, 20.0
"""Requests of one client that the application works on at once (half of its threads), that wait, and for how long."""


class Edge:
    """The RSGI application of one web process."""

    def __init__(self, app: Flask, processes: int = 1, journal: Journal | None = None) -> None:
        serving: Serving = app.extensions["annuaire"]
        settings = serving.project.service
        self._runtime = serving.runtime
        self._tally = Tally(serving.runtime)
        self._ledger = Ledger(self._tally, journal)
        self._accounts = Accounts(self._ledger)
        self._proxied = bool(settings.proxies)
        self._budgets = Budgets(serving.runtime, settings.work / 1000, settings.reserve)
        self._gates = Gates(_PAGES_AT_ONCE, _PAGES_WAITING, _PAGE_PATIENCE)
        self._clients = Clients(settings.proxies)
        self._bridge = Bridge(app)
        self._serving = serving
        self._cache = AnswerCache(settings.cache)
        self._repeats = Repeats(self._cache)
        self._queries = Queries(serving, self._cache, processes, self._tally.evaluation)
        self._body, self._body_time = settings.body, settings.body_time
        self._uploads = Uploads()
        self._prepare = partial(prepare_checks, serving.project.directory, serving.runtime)
        self._prepared: asyncio.Future[None] | None = None

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """Answer one request, and account for it."""
        account = self._accounts.open(protocol)
        if self._proxied and self._clients.trusts(scope.client):
            self._accounts.believe(account, scope)
        try:
            await self._answer(scope, account)
        finally:
            self._accounts.close(account, scope)

    def start(self) -> None:
        """Begin to write the log."""
        self._ledger.start()

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tell the supervisor that this process is about to listen."""
        server = os.getppid()
        (self._runtime / ready_file(os.getpid(), server)).touch()
        self._accounts.watch(loop, self._runtime / leaving_file(server))

    def __rsgi_del__(self, _loop: object) -> None:
        """Leave nothing unsaid at the end of the process, and let its objects go: DuckDB lists those that stay."""
        self._ledger.close()
        gc.unfreeze()

    async def _answer(self, scope: Scope, protocol: Account) -> None:
        if scope.path in _PATHS and scope.method in _ASKING:
            release = self._serving.find()
            spelling = _spell(scope, release)
            if not self._recall(scope, protocol, spelling):
                await self._query(scope, protocol, release, spelling)
        elif scope.path == TABLE_PATH and scope.method == "POST":
            await self._table(scope, protocol)
        else:
            if scope.path == TABLE_PATH and self._prepared is None:
                self._prepared = asyncio.get_running_loop().run_in_executor(None, self._prepare)
            await self._page(scope, protocol)

    def _recall(self, scope: Scope, protocol: Account, spelling: Spelling | None) -> bool:
        """Answer at once a request spelled as one whose answer is kept; return whether it was."""
        if spelling is None:
            return False
        kept = self._cache.recall(spelling)
        if kept is None:
            self._tally.lookups(missed=1)
            return False
        protocol.kept = True
        held = scope.headers.get("if-none-match")
        if held is not None and is_listed(kept.tag, held):
            protocol.response_empty(304, [header for header in kept.headers if header[0] not in _OF_CONTENT])
        else:
            send_whole(scope, protocol, kept.headers, kept.body)
        return True

    async def _page(self, scope: Scope, protocol: Account) -> None:
        """Answer as before, or have the application answer, once the body is there."""
        spelling = self._repeats.spell(scope, self._serving.find())
        if self._recall(scope, protocol, spelling):
            return
        keep = None if spelling is None else partial(self._repeats.keep, spelling)
        trusted, view, body = self._clients.trusts(scope.client), None, b""
        client = self._client(scope)
        async with AsyncExitStack() as held:
            try:
                if scope.method not in _WITHOUT_BODY:
                    body = await read_body(scope, protocol, self._body, self._body_time)
                if not scope.path.startswith(_HEALTH):
                    await self._admit(client, held)
            except Exception as error:  # noqa: BLE001 - the application tells the client, whatever it is
                view = partial(_raise, error)
            work = await self._bridge.answer(scope, protocol, trusted=trusted, body=body, view=view, keep=keep)
        if view is None:
            self._budgets.charge(client, work)

    async def _admit(self, client: str, held: AsyncExitStack) -> None:
        """Let a client have the application work for it, in its turn.

        Raises:
            TooManyRequestsError: it has had its share for now.
        """
        self._spare(client)
        try:
            await self._gates.enter(client)
        except EvaluationBusyError as error:
            self._tally.limited()
            raise TooManyRequestsError(ceil(_PAGE_PATIENCE)) from error
        held.callback(self._gates.leave, client)
        self._spare(client)

    def _spare(self, client: str) -> None:
        wait = self._budgets.wait(client)
        if wait:
            self._tally.limited()
            raise TooManyRequestsError(wait)

    def _client(self, scope: Scope) -> str:
        return self._clients.identify(scope.client, scope.headers.get("x-forwarded-for"))

    async def _table(self, scope: Scope, protocol: Account) -> None:
        """Have a file checked; it is taken in, and waits for its turn, without a thread."""
        trusted, view, body = self._clients.trusts(scope.client), None, b""
        client = self._client(scope)
        began = time.monotonic()
        async with AsyncExitStack() as held:
            try:
                self._spare(client)
                await held.enter_async_context(self._uploads.room(client))
                body = await self._file(scope, protocol)
                await held.enter_async_context(self._uploads.turn())
                began = time.monotonic()
            except Exception as error:  # noqa: BLE001 - the application tells the client, whatever it is
                view = partial(_raise, error)
            await self._bridge.answer(scope, protocol, trusted=trusted, body=body, view=view)
        if view is None:
            self._budgets.charge(client, time.monotonic() - began)  # the work is another process's

    async def _file(self, scope: Scope, protocol: Account) -> bytes:
        try:
            return await read_body(scope, protocol, MOST_BYTES, max(_UPLOAD_TIME, self._body_time))
        except TooLargeError:
            raise too_large() from None

    async def _query(
        self, scope: Scope, protocol: Account, release: OpenRelease | None, spelling: Spelling | None
    ) -> None:
        trusted, view, body = self._clients.trusts(scope.client), None, b""
        try:
            if scope.method == "POST":
                body = await read_body(scope, protocol, self._body, self._body_time)
            sent = Sent(scope.method, scope.query_string, scope.headers.get("content-type"), body)
            operation = read_operation(sent)
            if operation is not None:
                asked = self._asked(scope, protocol, release or self._serving.release(), spelling)
                plan = await self._queries.plan(operation, asked)
                if plan.representation is not HTML:
                    await self._queries.send(plan, asked)
                    return
                view = partial(show_answer, plan, await self._queries.collect(plan, asked))
        except ClientGoneError:
            protocol.response_empty(499, [])
            return
        except Exception as error:  # noqa: BLE001 - the application tells the client, whatever it is
            view = partial(_raise, error)
        await self._bridge.answer(scope, protocol, trusted=trusted, body=body, view=view)

    def _asked(self, scope: Scope, protocol: Account, release: OpenRelease, spelling: Spelling | None) -> Asked:
        get = scope.headers.get
        client = self._client(scope)
        return Asked(scope, protocol, get("accept"), choose_coding(get("accept-encoding")), client, release, spelling)


def _spell(scope: Scope, release: OpenRelease | None) -> Spelling | None:
    """Return how a query was spelled; None for those that are sent."""
    if scope.method == "POST" or release is None:
        return None
    return release.name, scope.query_string, scope.headers.get("accept"), scope.headers.get("accept-encoding")


def _raise(error: Exception) -> Response:
    raise error
