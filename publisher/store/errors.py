"""What can go wrong with a store, as types: it is away, late, or answers what is no answer."""

from __future__ import annotations

from publisher.errors import StoreError


class StoreUnreachableError(StoreError):
    """Nothing answers at the store's address."""


class StoreTimeoutError(StoreError):
    """The store did not answer, or not to the end, in the time given."""


class StoreAnswerError(StoreError):
    """The store answered with something that is no answer to what it was asked."""


class StoreAnswerTruncatedError(StoreAnswerError):
    """The store left out part of a result, by a limit of its own."""


class StoreCredentialsError(StoreError):
    """The store wants credentials that are not given, or refuses those that are."""


class QueryMalformedError(StoreError):
    """The store says that the text is not a SPARQL query; `detail` are its words."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"requête mal formée : {detail}", f"malformed query: {detail}")
        self.detail = detail
