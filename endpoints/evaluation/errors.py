"""What can go wrong with a query, as types; each has a `reason`, its name in an error frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from publisher.errors import AnnuaireError

if TYPE_CHECKING:
    from collections.abc import Mapping


class EvaluationError(AnnuaireError):
    """Root of the errors of a query's evaluation."""

    reason: ClassVar[str] = "failed"
    fr: ClassVar[str] = "l'évaluation a échoué"
    en: ClassVar[str] = "the evaluation failed"
    kinds: ClassVar[dict[str, type[EvaluationError]]] = {}
    """Each type by its reason; one without a reason of its own is told as its parent."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "reason" in vars(cls):
            cls.kinds[cls.reason] = cls

    def __init__(self, fr: str | None = None, en: str | None = None) -> None:
        super().__init__(fr or self.fr, en or self.en)

    def report(self) -> dict[str, Any]:
        """Return the error as plain JSON values, for an error frame."""
        return {"reason": self.reason, **self.texts}

    @classmethod
    def reported(cls, report: Mapping[str, Any]) -> Self:
        """Return the error of this type that a report tells of."""
        return cls(report.get("fr"), report.get("en"))


class QuerySyntaxError(EvaluationError):
    """The text is not a SPARQL query. `line` and `column` count from 1; None when the parser names no place."""

    reason = "syntax"

    def __init__(self, detail: str, line: int | None = None, column: int | None = None) -> None:
        fr, en = ("", "") if line is None else (f", ligne {line}, colonne {column}", f", line {line}, column {column}")
        super().__init__(f"requête SPARQL mal formée{fr} : {detail}", f"malformed SPARQL query{en}: {detail}")
        self.detail, self.line, self.column = detail, line, column

    def report(self) -> dict[str, Any]:
        """Return the error as plain JSON values, with its place."""
        return {**super().report(), "detail": self.detail, "line": self.line, "column": self.column}

    @classmethod
    def reported(cls, report: Mapping[str, Any]) -> Self:
        """Return the error with its place."""
        return cls(report["detail"], report["line"], report["column"])


class QueryRefusedError(EvaluationError):
    """The query asks for something this service never does, or is larger than it accepts."""

    reason = "refused"

    @classmethod
    def unfit(cls, representation: str) -> Self:
        """Return the error of a query whose form has no such representation."""
        return cls(
            f"« {representation} » ne convient pas au résultat de cette requête",
            f"'{representation}' does not fit the result of this query",
        )


class QueryTooComplexError(QueryRefusedError):
    """The text is longer, deeper or has more parts than the service accepts."""

    reason = "complex"


class QueryTooLongError(QueryTooComplexError):
    """The text is longer than the service accepts."""

    reason = "too-long"


class ServiceRefusedError(QueryRefusedError):
    """The query asks another machine."""

    fr = "requête refusée : SERVICE est désactivé, ce service n'interroge aucune autre machine"
    en = "query refused: SERVICE is disabled, this service asks no other machine"


class UpdateRefusedError(QueryRefusedError):
    """The text is an update; the service only reads."""

    reason = "update"
    fr = "les mises à jour sont refusées : ce service est en lecture seule"
    en = "updates are refused: this service is read-only"


class QueryTimeoutError(EvaluationError):
    """The deadline passed before the first row."""

    reason = "timeout"
    fr = (
        "la requête a dépassé le temps permis ; la restreindre (LIMIT, motif plus précis) ou prendre le fichier complet"
    )
    en = "the query took longer than allowed; narrow it (LIMIT, a more precise pattern) or take the full dump"


class QueryMemoryError(EvaluationError):
    """The query needed more memory than a worker may have."""

    reason = "memory"
    fr = "la requête demande plus de mémoire que permis"
    en = "the query needs more memory than allowed"


class FederationError(EvaluationError):
    """A trusted endpoint that the query calls is away, or answers what makes no sense."""

    reason = "federation"

    @classmethod
    def of(cls, endpoint: str, fr: str, en: str) -> Self:
        """Return the error of an endpoint, with what it does."""
        return cls(f"SERVICE <{endpoint}> {fr}", f"SERVICE <{endpoint}> {en}")


class FederationTimeoutError(FederationError):
    """A trusted endpoint did not answer in time."""

    @classmethod
    def late(cls, endpoint: str) -> Self:
        """Return the error of an endpoint."""
        return cls.of(endpoint, "n'a pas répondu à temps", "did not answer in time")


class AnswerTooLargeError(EvaluationError):
    """The answer is larger than the limits allow."""

    reason = "too-large"
    fr = "la réponse dépasse la taille permise ; ajouter LIMIT ou prendre le fichier complet"
    en = "the answer is larger than allowed; add a LIMIT or take the full dump"


class QueryUnsupportedError(EvaluationError):
    """The query calls a function that the engine does not have (SPARQL 1.1, §17.6)."""

    reason = "unsupported"


class QueryCrashedError(EvaluationError):
    """The query brought its worker down: nested or chained deeper than the engine can follow."""

    reason = "crashed"
    fr = "la requête est trop complexe pour le moteur ; la simplifier"
    en = "the query is too complex for the engine; simplify it"


class EvaluationBusyError(EvaluationError):
    """The queue is full, or the query waited in it too long."""

    reason = "busy"
    fr = "trop de requêtes en cours ; réessayer dans quelques secondes"
    en = "too many queries are running; try again in a few seconds"


class ClientBusyError(EvaluationBusyError):
    """One client has as many queries under way as it may have."""

    reason = "client-busy"
    fr = "trop de requêtes simultanées de votre part ; attendre la fin des précédentes"
    en = "too many queries of yours at once; wait for the former ones to end"


class EvaluationUnavailableError(EvaluationError):
    """The evaluation server cannot be reached or does not answer."""

    reason = "unavailable"
    fr = "l'évaluation des requêtes est momentanément indisponible"
    en = "query evaluation is unavailable for the moment"


class AnswerCutError(EvaluationError):
    """The answer stopped in the middle: what was received is not a complete result."""

    reason = "cut"
    fr = "la réponse a été interrompue : temps, taille ou mémoire dépassés"
    en = "the answer was cut: time, size or memory exceeded"


def error_from(report: Mapping[str, Any]) -> EvaluationError:
    """Return the error that an error frame reports."""
    return EvaluationError.kinds.get(str(report.get("reason")), EvaluationError).reported(report)
